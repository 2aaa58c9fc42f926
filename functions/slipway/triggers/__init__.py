"""Deployments that an event of SageMaker starts: an approved model package version, a completed training job."""
