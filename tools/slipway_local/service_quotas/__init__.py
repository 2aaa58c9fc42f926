"""Service Quotas, as far as it tells of SageMaker's endpoint instances."""
