"""The hosting plane: SageMaker's containers as processes of this machine."""
