"""What an archive must hold for its framework's container, as data: one row for each rule.

A rule is `certain` where the container's own source, or what its training always writes, says that the container
cannot start without; such an archive is refused. Every other rule is a warning.

Names are written as in a shell: `*` is any part of a name, `<number>` digits, `**/` any directory. `inference.py`
stands for the program that the container runs.
"""

from __future__ import annotations

from dataclasses import dataclass

Names = tuple[str, ...]

DEFAULT_PROGRAM = "inference.py"
CODE = f"code/{DEFAULT_PROGRAM}"


@dataclass(frozen=True)
class Rule:
    """`any_of` are alternatives; of one, all names must be there. `source` is where it is known from."""

    frameworks: Names
    any_of: tuple[Names, ...]
    certain: bool
    source: str


RULES = (
    Rule(
        ("sklearn",),
        ((CODE,),),
        certain=True,
        source="sagemaker-scikit-learn-container, serving.py: there is no default model_fn",
    ),
    Rule(
        ("pytorch",),
        # A program at the top, and TorchServe's own archives, are served by some versions only: not refused.
        ((CODE,), ("*.pt",), ("*.pth",), (DEFAULT_PROGRAM,), ("**/*.mar",), ("**/MAR-INF/MANIFEST.json",)),
        certain=True,
        source="sagemaker-pytorch-inference-toolkit, default_pytorch_inference_handler.py: default_model_fn",
    ),
    Rule(
        ("mxnet",),
        ((CODE,), ("model-symbol.json", "model-0000.params", "model-shapes.json"), (DEFAULT_PROGRAM,)),
        certain=True,
        source="sagemaker-mxnet-inference-toolkit, default_inference_handler.py: DEFAULT_MODEL_FILENAMES",
    ),
    Rule(
        ("tensorflow",),
        (("**/<number>/saved_model.pb",),),
        certain=True,
        source="sagemaker-tensorflow-serving-container, tfs_utils.py: find_models",
    ),
    Rule(
        ("xgboost",),
        ((CODE,), ("*",)),
        certain=True,
        source="sagemaker-xgboost-container: the booster is a file in the model directory, of any name",
    ),
    Rule(
        ("sagemaker-tritonserver",),
        (("*/<number>/**/*",), ("*/config.pbtxt",)),
        certain=False,
        source="Triton, model repository: <model>/<number>/<file>, and <model>/config.pbtxt",
    ),
    Rule(
        ("object-detection", "image-classification"),
        (("*-symbol.json", "*.params"),),
        certain=True,
        source="what training writes: model_algo_1-symbol.json and model_algo_1-0000.params, or image-classification-*",
    ),
    Rule(
        ("object-detection",),
        (("hyperparams.json",),),
        certain=False,
        source="what training writes beside the network",
    ),
    Rule(
        ("image-classification",),
        (("model-shapes.json",),),
        certain=False,
        source="what training writes beside the network",
    ),
    Rule(
        ("huggingface",),
        (
            (CODE,),
            ("config.json", "*.safetensors"),
            ("config.json", "*.bin"),
            ("config.json", "*.h5"),
        ),
        certain=False,
        source="transformers' save_pretrained, which sagemaker-huggingface-inference-toolkit loads",
    ),
    Rule(
        ("linear-learner", "pca", "kmeans", "factorization-machines", "ntm", "object2vec", "ipinsights"),
        (("model_algo-1",),),
        certain=False,
        source="what training on one instance writes; seen for linear-learner, pca and kmeans",
    ),
    Rule(
        ("blazingtext",),
        (("model.bin",), ("vectors.bin",), ("vectors.txt",)),
        certain=False,
        source="SageMaker developer guide, BlazingText: model artifacts and inference",
    ),
)

# sagemaker-xgboost-container, encoder.py and serve_utils.py: without a program, it loads every file at the top as a
# booster, or whichever of them it finds first. No booster has a name that ends so.
LOADS_EVERY_FILE = frozenset({"xgboost"})
NOT_BOOSTERS = (
    *(".csv", ".gz", ".html", ".ipynb", ".log", ".md", ".parquet", ".png", ".py", ".sh", ".tar", ".txt"),
    *(".yaml", ".yml", ".zip"),
)
# Multi-model-server and TorchServe answer GET /ping with 200 before the model is loaded, and also where it cannot be
# loaded (tests/fixtures/recordings: toolkit, huggingface, pytorch). By framework, and by repository of an image URI.
PINGS_BEFORE_LOADING = frozenset({"huggingface", "mxnet", "pytorch"})
PINGING_REPOSITORIES = r"/(?:huggingface-(?:pytorch|tensorflow)|pytorch|mxnet)-inference[:@]"
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")


def needs_program(framework: str) -> bool:
    """Return whether a framework's container serves nothing but the user's program."""
    return any(rule.any_of == ((CODE,),) for rule in rules_for(framework))


def rules_for(framework: str) -> list[Rule]:
    """Return the rules for a framework or built-in algorithm; none for one that nothing is known of."""
    return [rule for rule in RULES if framework in rule.frameworks]
