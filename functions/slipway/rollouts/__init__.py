"""Rollouts: many deployments by one manifest, in waves."""
