"""In place of the C extension of sagemaker-containers, which always imports it, and uses it in distributed training."""
