"""Writes the deployment input's JSON Schema: our own fields, and SageMaker's shapes from botocore's model."""
