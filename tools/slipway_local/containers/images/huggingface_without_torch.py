"""Hugging Face's handler where neither PyTorch nor TensorFlow is installed: for scripts that bring their own model."""

from __future__ import annotations

from sagemaker_huggingface_inference_toolkit.handler_service import HuggingFaceHandlerService


class HandlerService(HuggingFaceHandlerService):  # type: ignore[misc]
    """The toolkit's handler, which asks PyTorch or TensorFlow for a GPU before anything else."""

    def get_device(self) -> int:
        """Return what stands for the processor."""
        return -1
