"""Images that load their model themselves, from the Hugging Face Hub or from S3, and so need no archive."""

from __future__ import annotations

from collections.abc import Mapping

HUB_MODEL = "HF_MODEL_ID"
LMI = (HUB_MODEL, "OPTION_MODEL_ID")
VLLM = (HUB_MODEL, "SM_VLLM_MODEL")
SGLANG = (HUB_MODEL, "SM_SGLANG_MODEL_PATH")
HUGGING_FACE = (HUB_MODEL,)
# The variables of which one names the model; none is known for llama.cpp's servers.
# Sources: DJL Serving documentation, "LMI Starting Guide" (every `option.` is also OPTION_<NAME>); AWS deep learning
# containers, "Configuration" of vLLM (SM_VLLM_<FLAG>) and the entry point of SGLang (SM_SGLANG_<FLAG>); Hugging Face's
# documentation of TGI, TEI and the inference toolkit (HF_MODEL_ID).
MODEL_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "djl-deepspeed": LMI,
    "djl-fastertransformer": LMI,
    "djl-lmi": LMI,
    "djl-neuronx": LMI,
    "djl-tensorrtllm": LMI,
    "huggingface": HUGGING_FACE,
    "huggingface-llamacpp": (),
    "huggingface-llm": HUGGING_FACE,
    "huggingface-llm-neuronx": HUGGING_FACE,
    "huggingface-neuron": HUGGING_FACE,
    "huggingface-neuronx": HUGGING_FACE,
    "huggingface-sglang": SGLANG,
    "huggingface-tei": HUGGING_FACE,
    "huggingface-tei-cpu": HUGGING_FACE,
    "huggingface-vllm": VLLM,
    "huggingface-vllm-neuronx": VLLM,
    "huggingface-vllm-omni": VLLM,
    "llama-cpp": (),
    "llama-cpp-arm64": (),
    "sglang": SGLANG,
    "sglang-server": SGLANG,
    "vllm": VLLM,
    "vllm-omni": VLLM,
    "vllm-server": VLLM,
}
ALL_VARIABLES = tuple(dict.fromkeys(name for names in MODEL_VARIABLES.values() for name in names))


def model_named_in(environment: Mapping[str, str]) -> str | None:
    """Return the model that a container's environment names, None where it names none."""
    return next((environment[name] for name in ALL_VARIABLES if environment.get(name)), None)
