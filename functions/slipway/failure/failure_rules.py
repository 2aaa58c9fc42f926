"""Why deployments fail: each cause by name, how it is recognised, and the remedy in one or two sentences.

Three tables, in the order in which they are tried: what SageMaker or a step says for certain; what a container's log
says; and what SageMaker says where it does not know the cause itself, as that a container did not answer its health
check. Rules of the log are of kinds: the words are those of the program that writes them, never of one report.
`tests/fixtures/log_tails` has the public reports that they were checked with.
"""

from __future__ import annotations

from dataclasses import dataclass

# -- What SageMaker or a step says -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReasonRule:
    """`reason` is searched in `<error>: <message>`. `is_silent` asks for a log without a line.

    The remedy may quote the groups that the pattern names, as `{action}`.
    """

    name: str
    hint: str
    reason: str
    is_silent: bool = False


PULL = "ecr:BatchGetImage, ecr:GetDownloadUrlForLayer and ecr:BatchCheckLayerAvailability"
VPC = "ec2:CreateNetworkInterface, ec2:DescribeSubnets and the other EC2 actions of SageMaker's VPC policy"

ACCESS_RULES = (
    ReasonRule(
        "AccessDenied",
        "A service control policy or permissions boundary denies {action}: ask the administrator of the account for an "
        "exception, or deploy in another account or region.",
        r"not authorized to perform:? (?P<action>[\w-]+:\w+).*explicit deny in an? "
        r"(?:service control policy|permissions boundary)",
    ),
    ReasonRule(
        "AccessDenied",
        "Grant {action} to the role that the message names, both in its policy and in the policy of the KMS key.",
        r"(?:not authorized to perform:? |[Aa]ccess denied.*)(?P<action>kms:\w+)",
    ),
    ReasonRule(
        "AccessDenied",
        "Grant {action} on the execution role to the role that the message names, with iam:PassedToService "
        "sagemaker.amazonaws.com.",
        r"not authorized to perform:? (?P<action>iam:PassRole)",
    ),
    ReasonRule(
        "VpcConfigInvalid",
        f"Grant {{action}} to the execution role: an endpoint with VpcConfig needs {VPC}.",
        r"not authorized to perform:? (?P<action>ec2:\w+)",
    ),
    ReasonRule(
        "AccessDenied",
        "Grant {action} to the role that the message names.",
        r"not authorized to perform:? (?P<action>[\w-]+:\w+)",
    ),
)

# Names that are not ours to give: Step Functions' own, and exceptions that only a bug lets out of a function.
FOREIGN = (
    ReasonRule(
        "AccessDenied",
        "Allow the role that the message names to perform the action that it names.",
        r"^\w+\.\w+: .*not authorized to perform",
    ),
    ReasonRule(
        "ServiceThrottled",
        "Deploy again later, or request a higher rate of the calls that the message names.",
        r"^\w+\.\w+: .*Rate exceeded",
    ),
    ReasonRule(
        "FunctionStopped",
        "Read the log of the state's function: it ran out of time or memory in every attempt.",
        r"^(Sandbox\.Timedout|Runtime\.ExitError|Lambda\.Unknown|States\.Timeout):",
    ),
    ReasonRule(
        "EndpointDeleted",
        "Deploy again, unless that was intended: the endpoint was deleted while it was being deployed.",
        r'^(SageMaker\.\w+: Could not find endpoint "|EndpointDeleted:)',
    ),
    ReasonRule(
        "UnexpectedError",
        "Deploy again; if the error recurs, report it with the execution's history, which shows the state that failed.",
        r"^(\w+\.\w+|\w+(Error|Exception|Exit)):",
    ),
)

REASON_RULES = (
    ReasonRule(
        "ScalingFailed",
        "Correct AutoScaling or the workflow's permissions and deploy the same again; a new endpoint was removed, and "
        "an existing one serves the new version with the scaling that it had.",
        r"^ScalingFailed:",
    ),
    *ACCESS_RULES,
    ReasonRule(
        "ArtifactCorrupt",
        "Create the archive again with tar -czf model.tar.gz -C <model directory> . and upload it.",
        r"Failed to extract model data archive",
    ),
    ReasonRule(
        "ArtifactDownloadFailed",
        "Check that the archive is still there and was not overwritten while it was deployed, and that the execution "
        "role may read it: s3:GetObject, and kms:Decrypt where the bucket is encrypted with a KMS key.",
        r"[Cc]ould not find model data|Failed to download model data|Could not access model data",
    ),
    ReasonRule(
        "ModelDownloadTimedOut",
        "Raise ModelDataDownloadTimeoutInSeconds (up to 3,600), or pack a smaller archive.",
        r"[Mm]odel data download (?:has )?timed out|ModelDataDownloadTimeout",
    ),
    ReasonRule(
        "ArtifactTooLarge",
        "Pack a smaller archive, raise VolumeSizeInGB, or use an InstanceType with more memory.",
        r"model data archive is too large",
    ),
    ReasonRule(
        "ServerlessImageTooLarge",
        "Use a smaller image, at most 10 GB uncompressed, or host on instances with InstanceType.",
        r"Image size \d+ is greater than supported size",
    ),
    ReasonRule(
        "InferenceComponentDoesNotFit",
        "Lower ComputeResourceRequirements or CopyCount, or use a larger InstanceType, more instances or a "
        "ManagedInstanceScaling with a higher MaxInstanceCount: SageMaker itself needs a part of each instance.",
        r"not enough hardware resources on the instances",
    ),
    ReasonRule(
        "CapacityUnavailable",
        "Deploy again later, in another region, or set several instance types in InstancePools.",
        r"InsufficientInstanceCapacity|CapacityError|Unable to provision requested ML compute capacity",
    ),
    ReasonRule(
        "QuotaExceeded",
        'Request a higher "<instance type> for endpoint usage" in Service Quotas, or use another InstanceType.',
        r"account-level service limit|QuotaExceeded|ResourceLimitExceeded",
    ),
    ReasonRule(
        "VpcConfigInvalid",
        "Correct VpcConfig: its subnets must have free addresses, be in availability zones that have the InstanceType, "
        "and belong to the VPC of the security groups.",
        r"Unable to locate at least \d+ availability zone|(?i:subnet|security group).*(?:does not exist|not found|"
        r"belong to different|free addresses|sufficient free)|InsufficientFreeAddresses|at 'vpcConfig\.",
    ),
    ReasonRule(
        "ImageManifestUnsupported",
        "Build the image with docker buildx build --provenance=false --platform linux/amd64 and push it again: "
        "SageMaker accepts no image index.",
        r"Unsupported manifest media type",
    ),
    ReasonRule(
        "ImageAccessDenied",
        f"Grant {PULL} on the repository to the execution role; for a repository of another account, in the "
        "repository's policy too.",
        r"does not have \w+ permission for the image|does not grant ecr:\w+|cannot pull",
    ),
    ReasonRule(
        "ImageNotFound",
        "Check ImageUri: repository and tag must exist in the endpoint's region, and the execution role must be "
        "allowed to pull it.",
        r"The image '.*' does not exist|Requested image \S+ not found|all images included in the model .* exist",
    ),
    ReasonRule(
        "RoleNotAssumable",
        "Let sagemaker.amazonaws.com assume the execution role in its trust policy.",
        r"RoleNotAssumable|Could not assume role",
    ),
)

PING = r"did not pass the ping health check"
CANNOT_START = "Use an inference image, not a training image; in an image of your own, "

# Where these apply, the log decides first.
VAGUE_RULES = (
    # It quotes the model's own words, and is what happened whatever the log says.
    ReasonRule(
        "SmokeTestFailed",
        "Read the table of samples and the log lines, correct the model or what is expected of it, and deploy again; "
        "the version before serves, unless Resources.Kept names what this deployment made.",
        r"^SmokeTestFailed:",
    ),
    ReasonRule(
        "InferenceComponentFailed",
        "Read the message and the component's log lines, correct the component and deploy again. What was in service "
        "stays in service, unless the endpoint was new: then it was removed.",
        r"^InferenceComponentFailed:",
    ),
    ReasonRule(
        "TrafficAnalysisFailed",
        "Compare Old and New in TrafficAnalysis, read the log lines, correct the model, and deploy again; the version "
        "before serves, unless Resources.Kept names what this deployment made.",
        r"^TrafficAnalysisFailed:",
    ),
    ReasonRule(
        "ContainerCannotStart",
        f"{CANNOT_START}install an executable named serve on PATH that starts the server: SageMaker runs "
        "docker run <image> serve.",
        r"CannotStartContainerError|executable \"?\w+\"? was not found in container PATH",
    ),
    ReasonRule(
        "ContainerFailedPing",
        "Read the log lines: no known cause fits. The container must respond to GET /ping on port 8080 with status 200 "
        "in two seconds; if it only needs more time to start, raise ContainerStartupHealthCheckTimeoutInSeconds.",
        PING,
    ),
    ReasonRule(
        "DeploymentRolledBack",
        "Read the log lines and the alarms of DeploymentConfig; the endpoint serves an earlier deployment.",
        r"^DeploymentRolledBack:",
    ),
    ReasonRule(
        "StuckCreating",
        "Deploy under another EndpointName or with another InstanceType, and check that the subnets of VpcConfig reach "
        "S3 and ECR; AWS Support can end a creation that SageMaker does not end by itself within a day.",
        # The workflow's own words: IsEndpointInService.
        r"^DeadlineExceeded: The endpoint was still Creating at .* never changed anything about it",
        is_silent=True,
    ),
    ReasonRule(
        "DeadlineExceeded",
        "Raise DeadlineMinutes, or use more or larger instances in TransformResources: the job was stopped, and a "
        "stopped job stores no output.",
        r"^DeadlineExceeded: The transform job ",
    ),
    ReasonRule(
        "TransformInputNotFound",
        "Upload the data again and start the same again: the objects were removed after they had been checked. If they "
        "are there, grant s3:ListBucket on the bucket to the role that the message names.",
        r"No S3 objects found under S3 URL ",  # aws/amazon-sagemaker-examples issue 2414
    ),
    ReasonRule(
        "TransformJobFailed",
        "Correct the objects that the log names, or what the model is sent: ContentType, SplitType, MaxPayloadInMB and "
        "DataProcessing. The outputs of the other objects are stored. Then start the same again.",
        r"^TransformJobFailed: ClientError",
    ),
    ReasonRule(
        "TransformJobFailed",
        "Read the log lines: the model's container failed, or did not answer in time. Correct the model, or raise "
        "ModelClientConfig.InvocationsTimeoutInSeconds, then start again.",
        r"^TransformJobFailed:",
    ),
    ReasonRule(
        "TransformJobStopped",
        "Start the same again, unless the job was meant to be stopped: a stopped job stores no output.",
        r"^TransformJobStopped:",
    ),
    ReasonRule(
        "DeadlineExceeded",
        "Raise DeadlineMinutes, or read in the endpoint's log what it is waiting for.",
        r"^DeadlineExceeded:",
    ),
    ReasonRule(
        "EndpointFailed",
        "Read the message and the log lines: SageMaker names no cause. If there is no log, check that the image starts "
        "with docker run <image> serve and is built for the processor of InstanceType, then deploy again.",
        r"^EndpointFailed:",
    ),
    ReasonRule(
        "EndpointOutOfService",
        "Read the message, delete the endpoint, and deploy again.",
        r"^EndpointOutOfService:",
    ),
    ReasonRule(
        "EndpointUpdateRollbackFailed",
        "The endpoint serves a mix of both configurations: deploy again, which updates it, or contact AWS Support.",
        r"^EndpointUpdateRollbackFailed:",
    ),
    ReasonRule(
        "EndpointDeleting",
        "Deploy again, unless that was intended: the endpoint was deleted while it was being deployed.",
        r"^EndpointDeleting:",
    ),
    *FOREIGN,
)

# -- What a container's log says ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogRule:
    """`exception` is searched in the exception that decides, `line` in every line; a rule has one of them.

    `also` has to be found as well: in the exception's traceback or in a line. `absent` must be in no line, and
    `unless` not in the same text. `is_weak` marks what is often a consequence: it decides where nothing else does.
    `source` is where the words are from.
    """

    name: str
    hint: str
    source: str
    exception: str = ""
    line: str = ""
    also: str = ""
    absent: str = ""
    unless: str = ""
    is_weak: bool = False


OTHER_VERSION = "or choose the FrameworkVersion that the model was trained with"
GPU = "Use a GPU InstanceType; on one, the driver is older than the image: set InferenceAmiVersion to a newer one. "
OWN_IMAGE = "in an image of your own that extends the AWS image"
IMAGE_TOO_OLD = (
    "Use a newer FrameworkVersion, or an image of your own: the server in this image does not support the model."
)
# How Python, and a program, say that the dynamic linker did not find a library.
LOADER = r"(?:^\s*(?:ImportError|OSError): |error while loading shared libraries: )"
LOCAL_HOST = r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|unix:"
NETWORK = (
    r"Network is unreachable|Temporary failure in name resolution|Name or service not known|Failed to resolve '|"
    r"[Cc]onnection to \S+ timed out|ConnectTimeout|Could not connect to the endpoint URL|dns error|"
    r"Failed to establish a new connection|We couldn't connect to '?https?://|LocalEntryNotFoundError"
)

VERSION_RULES = (
    LogRule(
        "VersionMismatch",
        f"Train or save the model with the container's scikit-learn, pin scikit-learn in code/requirements.txt, "
        f"{OTHER_VERSION}.",
        "scikit-learn user guide, model persistence: pickles are not supported across versions",
        exception=r"No module named '?sklearn\.|incompatible dtype|Buffer dtype mismatch",
    ),
    LogRule(
        "VersionMismatch",
        f"Train or save the model with the container's scikit-learn, pin scikit-learn in code/requirements.txt, "
        f"{OTHER_VERSION}.",
        "scikit-learn, InconsistentVersionWarning, followed by the error of an attribute that one version lacks",
        exception=r"^(?:AttributeError|KeyError|TypeError|ValueError)\b",
        also=r"Trying to unpickle estimator \w+ from version",
    ),
    LogRule(
        "VersionMismatch",
        f"Pin numpy in code/requirements.txt to the version that the model was saved with, {OTHER_VERSION}.",
        "numpy 2.0 migration guide: numpy.core became numpy._core; numpy's errors of modules built for another ABI",
        exception=r"No module named '?numpy\._?core|numpy\.(?:dtype|ufunc) size changed|numpy\.core\.multiarray failed|"
        r"compiled against (?:ABI|API) version|compiled using NumPy 1",
    ),
    LogRule(
        "VersionMismatch",
        f"Save the model with the Python version of the container, {OTHER_VERSION}: it was pickled with another one.",
        "CPython: code objects and pickle protocols change with the version",
        exception=r"\bcode\(\) (?:takes|argument|missing)|code expected at (?:least|most)|unsupported pickle protocol|"
        r"an integer is required \(got type bytes\)|bad magic number in|bad marshal data|unknown opcode",
    ),
    LogRule(
        "VersionMismatch",
        f"Save the model with the container's XGBoost in its JSON format, pin xgboost in code/requirements.txt, "
        f"{OTHER_VERSION}.",
        "XGBoost, tutorials, Introduction to Model IO",
        exception=r"XGBoostError.*(?:[Vv]ersion|binary format|[Uu]nknown (?:model )?format|[Dd]eprecated)",
    ),
    LogRule(
        "VersionMismatch",
        f"Pin {{package}} in code/requirements.txt to a version that has {{module}}, {OTHER_VERSION}.",
        "CPython names a submodule only where the package itself was imported; google and azure are namespaces",
        exception=r"No module named '?(?P<module>(?P<package>(?!google\.|azure\.)[A-Za-z_]\w*)\.[\w.]+)",
        unless=r"is not a package",
    ),
    LogRule(
        "VersionMismatch",
        "Pin {package} in code/requirements.txt to a version that has {object}, or pin the package that imports it.",
        "CPython, ImportError of a name that an installed module does not have",
        exception=r"cannot import name '?(?P<object>\w+)'? ?(?:from '?(?P<package>[A-Za-z_]\w*))?",
        unless=r"circular import|/opt/ml/|from '(?:inference|code)\b",
    ),
    LogRule(
        "VersionMismatch",
        "Use another FrameworkVersion, or pin an older version of the package whose file the message names: it was "
        "compiled for a newer system.",
        "glibc's dynamic linker",
        line=r"version [`'](?:GLIBC|GLIBCXX|CXXABI)_[\d.]+' not found",
    ),
    LogRule(
        "VersionMismatch",
        "Pin the package whose file the message names to a version that was compiled for the image's libraries, "
        f"{OTHER_VERSION}.",
        "glibc's dynamic linker",
        exception=r"undefined symbol: ",
    ),
    LogRule(
        "VersionMismatch",
        f"Save the model with the container's {{package}}, pin {{package}} in code/requirements.txt, {OTHER_VERSION}.",
        "CPython pickle: a class of an installed package that this version does not have",
        exception=r"Can't get attribute '\S+' on <module '(?P<package>(?!__main__|inference|code)\w+)",
        unless=r"/opt/ml/",
    ),
)

MODULE_RULES = (
    LogRule(
        "InferenceCodeMissing",
        "Pack code/inference.py, or set SAGEMAKER_PROGRAM in Environment to the name of the file in code/.",
        "sagemaker-containers and sagemaker-inference-toolkit import the program that SAGEMAKER_PROGRAM names",
        exception=r"No module named '?inference'?$|No such file or directory: '[^']*\binference\.py'",
    ),
    LogRule(
        "InferenceCodeMissing",
        "Pack code/inference.py, and set SAGEMAKER_PROGRAM in Environment where the file has another name.",
        "sagemaker-containers imports the module that SAGEMAKER_PROGRAM names: importlib's frame shows it",
        exception=r"'NoneType' object has no attribute '(?:startswith|endswith|split|rsplit)'",
        also=r"importlib|import_module|user_module|module_name",
    ),
    LogRule(
        "InferenceCodeMissing",
        "Define model_fn in code/inference.py and pack it; the container has no default for this framework.",
        "sagemaker-scikit-learn-container, sagemaker-pytorch-inference-toolkit: default_model_fn",
        exception=r"provide an? model_fn|[Nn]o model_fn|model_fn .*not implemented",
    ),
    LogRule(
        "InferenceCodeMissing",
        "Pack the file that SAGEMAKER_PROGRAM in Environment names into code/.",
        "CPython: what importlib imports by name, and no frame of the model's own files, is the program itself",
        exception=r"No module named '?(?P<module>[\w-]+)'?$",
        also=r"\A(?=.*\n)(?![\s\S]*File \"/opt/ml/)[\s\S]*File \"[^\"]*importlib/__init__\.py\""
        r"(?![\s\S]*File \"(?!<frozen |[^\"]*/importlib/))",
    ),
    LogRule(
        "ModelCodeFailed",
        "Rename your file that has the name of the package: Python imports it instead of the package.",
        "CPython, ModuleNotFoundError of a submodule whose parent is a file",
        exception=r"No module named '[\w.]+'; '[\w.]+' is not a package",
    ),
    LogRule(
        "ModelCodeFailed",
        "Move the class {object} to a module in code/ and import it there and in training: it was pickled as part of "
        "the training script.",
        "CPython pickle: classes are found by module and name, and __main__ is another module in the container",
        exception=r"Can't get attribute '(?P<object>\w+)' on <module '(?:__main__|inference|code)",
    ),
    LogRule(
        "ContainerImportError",
        "Add the package that has the module {module} to code/requirements.txt, or use an image that has it. A module "
        "of your own belongs in code/.",
        "CPython, ModuleNotFoundError; Python 2 and sagemaker-containers' ImportModuleError have the same words",
        exception=r"No module named '?(?P<module>[\w.-]+)",
    ),
    LogRule(
        "ContainerImportError",
        "Add {module} to code/requirements.txt, or use an image that has it.",
        "transformers, pandas and others: an ImportError that names the package to install",
        exception=r"^(?:ImportError|ModuleNotFoundError): .*(?:pip install (?:-\S+ )*|Missing optional dependency '|"
        r"requires the )(?P<module>[A-Za-z][\w.-]*\w)",
    ),
    LogRule(
        "GpuNotFound",
        f"{GPU}On a CPU InstanceType, use the CPU image and the CPU build of the package.",
        "glibc's dynamic linker; the library belongs to NVIDIA's driver or CUDA",
        line=rf"{LOADER}(?:lib(?:cuda|nvidia|cudart|cublas|cudnn|nvrtc|nccl)[\w.-]*\.so)",
    ),
    LogRule(
        "SystemLibraryMissing",
        f"Install the system package that has {{library}} {OWN_IMAGE}, or use a package that does not need it, such as "
        "opencv-python-headless for OpenCV; pip cannot install it.",
        "glibc's dynamic linker",
        line=rf"{LOADER}(?P<library>[\w.+-]+\.so[\w.]*)",
        unless=r"lib(?:cuda|nvidia|cudart|cublas|cudnn|nvrtc|nccl)",
    ),
    LogRule(
        "SystemLibraryMissing",
        f"Install the system library {OWN_IMAGE}, or use a package that includes it; pip cannot install it.",
        "cffi, ctypes.util and soundfile",
        exception=r"cannot load library '|\b\w+ library not found|Unable to find \w+ shared library",
    ),
)

FILE_RULES = (
    LogRule(
        "ContainerCannotStart",
        f"{CANNOT_START}install {{program}}, which the server starts.",
        "CPython subprocess: the program itself is the missing file",
        exception=r"No such file or directory: '?(?P<program>nginx|gunicorn|serve|java|tensorflow_model_server|"
        r"tritonserver|torchserve|multi-model-server|uvicorn)\b",
    ),
    LogRule(
        "ModelFilesMissing",
        "Add HF_MODEL_ID to Environment, or pack the model's files at the top of the archive: the server has no model.",
        "Hugging Face's hub is asked for a model named None, or for none at all",
        line=r"huggingface\.co/(?:api/models/)?None\b|Repository Not Found for url: \S*/None/",
    ),
    LogRule(
        "GatedModel",
        "Set HF_TOKEN in Environment to a token of an account that accepted the model's terms, and check HF_MODEL_ID.",
        "huggingface_hub, GatedRepoError and RepositoryNotFoundError",
        line=r"GatedRepoError|[Cc]annot access gated repo|(?:401|403) Client Error.*huggingface\.co|"
        r"Access to model \S+ is restricted|must (?:be authenticated|have access to it and be authenticated) to access|"
        r"Invalid (?:user )?token|Repository Not Found for url: https://huggingface\.co",
        unless=r"/None/",
    ),
    LogRule(
        "ModelFilesMissing",
        "Pack the files that save_pretrained writes for model and tokenizer at the top of the archive, config.json "
        "among them.",
        "transformers: errors of from_pretrained for a directory",
        line=r"does not appear to have a file named|Can't load (?:the )?(?:tokenizer|configuration|config|feature "
        r"extractor|image processor|processor|model)\b|no file named \S+.* found in directory|"
        r"Incorrect path_or_model_id|Unrecognized model in \S+\. Should have a `model_type`|"
        r"Repo id must .*'/\S+'|[Tt]okenizer\S* (?:file )?(?:not found|is missing)|"
        r"(?:config|tokenizer\w*|model)\.json\S* (?:does not exist|not found)",
    ),
    LogRule(
        "ModelFolderNotMounted",
        "Let the script open files below the folder that model_fn gets (SM_MODEL_DIR has it too), not below "
        "/opt/ml/model: this machine cannot show the model there. On AWS both work.",
        "tools/slipway_local/containers/root.py: what a container of the local stack logs at its start",
        exception=r"(?:FileNotFoundError|No such file or directory).*/opt/ml/",
        also=r"This machine cannot show the model at /opt/ml/model",
    ),
    LogRule(
        "ModelFilesMissing",
        "Pack {file} into the archive, at that path below its top, which is /opt/ml/model in the container.",
        "CPython, and libraries that open the file themselves",
        exception=r"(?:FileNotFoundError|No such file or directory|NotFoundError|does not exist|cannot open|unable to "
        r"open).*?/(?:opt/ml/models?|\.sagemaker/(?:mms|ts)/models)/(?P<file>[^\s'\",]+)",
    ),
    LogRule(
        "ModelFilesMissing",
        "Pack the model's file at the top of the archive: the container found none.",
        "sagemaker-xgboost-container and others take the files of the model directory",
        exception=r"[Nn]o (?:valid |saved |local )?(?:models?|weights) (?:files? )?(?:(?:was|were|is|are) )?"
        r"(?:found|present)|Model (?:file )?(?:not found|cannot be found)",
    ),
    LogRule(
        "ModelFilesMissing",
        "Pack the model's file at the top of the archive: the container found none.",
        "sagemaker-xgboost-container, serve_utils.py: it takes the first of the files that it finds",
        exception=r"^IndexError: list index out of range",
        also=r"models?\[0\]|model_files|listdir|glob",
    ),
    LogRule(
        "ModelFileUnreadable",
        "Run git lfs pull and pack the archive again: the file is a Git LFS pointer instead of the weights.",
        "git-lfs specification: a pointer begins with `version https://git-lfs`",
        exception=r"invalid load key, 'v'|git-lfs",
    ),
    LogRule(
        "ModelFileUnreadable",
        "Save the model again and check its size: the file is damaged, truncated, or in another format.",
        "pickle, torch.load, safetensors and zipfile",
        exception=r"UnpicklingError|invalid load key|HeaderTooLarge|SafetensorError|MetadataIncompleteBuffer|"
        r"PytorchStreamReader failed|BadZipFile|pickle data was truncated|Ran out of input",
    ),
    LogRule(
        "ModelLayoutWrong",
        "Pack the SavedModel as <model>/<number>/saved_model.pb with variables/ beside it, and no other or hidden "
        "directory beside <number>.",
        "sagemaker-tensorflow-serving-container, tfs_utils.py; TensorFlow Serving, file_system_storage_path_source.cc",
        line=r"no SavedModel bundles found|Could not find base path|Servable not found for request|"
        r"Error parsing text-format tensorflow\.serving\.ModelServerConfig|No versions of servable .* found|"
        r"Could not find SavedModel|SavedModel file does not exist",
    ),
    LogRule(
        "ModelLayoutWrong",
        "Pack the model repository of Triton as <model>/<number>/<model file> with <model>/config.pbtxt.",
        "Triton, model repository: model_repository_manager.cc",
        line=r"at least one version must be available|failed to poll from model repository|"
        r"unable to find '[^']+'.*model|no model version was found|must specify (?:'?platform|backend)|"
        r"unable to auto-?complete|failed to open text file .*config\.pbtxt|Invalid model repository",
    ),
    LogRule(
        "TritonLoadFailed",
        "Read the lines above, which name the model and why; check <model>/config.pbtxt and <model>/<number>/.",
        "Triton, main.cc: the last line of every start that failed",
        line=r"failed to load all models|creating server: (?:Internal|Invalid argument)|load failed for model '",
        is_weak=True,
    ),
    LogRule(
        "WeightsMismatch",
        "Build the network in model_fn as it was when the weights were saved: the weights do not match the class.",
        "torch.nn.Module.load_state_dict, keras load_weights",
        exception=r"loading state_dict for|[Mm]issing key\(s\) in state_dict|Unexpected key\(s\) in state_dict|"
        r"size mismatch for|KeyError:.*\.(?:weight|bias)'|You are trying to load a weight file containing",
    ),
)

SYSTEM_RULES = (
    LogRule(
        "ImageWrongProcessor",
        "Use an InstanceType with the image's processor architecture, or build the image for it with docker build "
        "--platform linux/amd64, or linux/arm64 for Graviton. A script as entry point needs a first line such as "
        "#!/bin/sh.",
        "Linux, execve(2): ENOEXEC",
        line=r"exec format error",
    ),
    LogRule(
        "GpuDriverTooOld",
        "Set InferenceAmiVersion to an AMI with a newer driver, or use an older FrameworkVersion: the driver of the "
        "instance is too old for the image's CUDA.",
        "CUDA runtime: cudaErrorInsufficientDriver, cudaErrorSystemDriverMismatch; NVIDIA Container Toolkit",
        line=r"driver version is insufficient|unsupported display driver / cuda driver combination|"
        r"NVIDIA driver on your system is too old|unsatisfied condition: cuda|forward compatibility was attempted|"
        r"requires NVIDIA [Dd]river (?:release|version)|"
        r"built for NVIDIA Driver Release .* but version \S+ was detected|"
        r"nvidia-container-cli: requirement error|driver too old",
    ),
    LogRule(
        "ContainerCannotStart",
        "Set the executable bit of serve with chmod +x before docker build.",
        "runc, exec of the entry point",
        line=r'exec: "[^"]+": (?:stat \S+: )?permission denied|serve: [Pp]ermission denied',
    ),
    LogRule(
        "ContainerCannotStart",
        f"{CANNOT_START}install a program named serve on PATH that starts the server, make it executable with chmod "
        "+x, and use Linux line endings in a script.",
        "runc, exec of the entry point; env(1) and sh(1)",
        line=r'exec: "[^"]+": (?:executable file not found|stat .*no such file)|OCI runtime create failed|'
        r"exec \S*serve: no such file|serve: (?:command )?not found|env: .{1,40}: No such file or directory|"
        r"can't open file '\S*serve",
    ),
    LogRule(
        "GpuTooOld",
        "Use an InstanceType with a newer GPU, or set the data type to float16: the GPU is too old for the image.",
        "PyTorch and vLLM: compute capability",
        line=r"no kernel image is available for execution|is not compatible with the current PyTorch|"
        r"only supported on GPUs with compute capability|compute capability .*(?:not supported|is required)",
    ),
    LogRule(
        "GpuOutOfMemory",
        "Use an InstanceType with more GPU memory, spread the model over several GPUs, or load it in a smaller data "
        "type.",
        "PyTorch, torch.cuda.OutOfMemoryError; CUDA runtime, cudaErrorMemoryAllocation",
        line=r"CUDA out of memory|CUDA error: out of memory|OutOfMemoryError: CUDA|CUDNN_STATUS_ALLOC_FAILED|"
        r"CUBLAS_STATUS_ALLOC_FAILED|CUDA_ERROR_OUT_OF_MEMORY|failed to allocate .* on (?:the )?(?:device|GPU)",
    ),
    LogRule(
        "KvCacheTooSmall",
        "Set a smaller context in Environment (OPTION_MAX_MODEL_LEN of LMI, MAX_TOTAL_TOKENS and "
        "MAX_BATCH_PREFILL_TOKENS of TGI, max_model_len of vLLM), or use an InstanceType with more GPU memory.",
        "vLLM, kv_cache_utils.py and worker.py; text-generation-inference, router",
        line=r"maximum number of tokens that can be stored in KV cache|larger than the available KV cache memory|"
        r"No available memory for the cache blocks|Not enough memory to handle \d+ \w+ tokens|"
        r"KV cache is needed, which is larger",
    ),
    LogRule(
        "JavaOutOfMemory",
        "Raise the limit of Java itself in Environment, SAGEMAKER_MODEL_SERVER_VMARGS: -Xmx for heap space, "
        "-XX:MaxDirectMemorySize for direct memory, which grows with the number of vCPUs. Only if the heap needs more "
        "than the instance has, use an InstanceType with more memory.",
        "OpenJDK and Netty; sagemaker-inference-toolkit, parameters.py",
        line=r"java\.lang\.OutOfMemoryError: |OutOfDirectMemoryError: ",
    ),
    LogRule(
        "ContainerOutOfMemory",
        "Use an InstanceType with more memory, fewer workers (SAGEMAKER_MODEL_SERVER_WORKERS in Environment), or a "
        "smaller model.",
        "CPython, libstdc++, PyTorch and numpy; Linux ends a process with signal 9 when memory is exhausted",
        line=r"^(?:[\w.]+\.)?_?\w*MemoryError\b(?!: CUDA)|std::bad_alloc|Cannot allocate memory|"
        r"DefaultCPUAllocator: (?:can't allocate|not enough) memory|"
        r"(?:terminated|shut ?down|killed|exited).{0,30}\bsignal:? ?(?:9|SIGKILL)\b|"
        r"was sent SIGKILL! Perhaps out of memory|Out of memory: Kill|OOMKilled|"
        r"exit ?code:? -9\b|exit(?:ed with)?(?: status| code):? 137\b|Unable to allocate [\d.]+ \w+ for an array",
        unless=r"java\.",
    ),
    LogRule(
        "DiskFull",
        "Raise VolumeSizeInGB, use an InstanceType with a local disk, or set caches such as HF_HOME to a path with "
        "free space; serverless endpoints have 5 GB.",
        "Linux, ENOSPC",
        line=r"No space left on device|os error 28|[Dd]isk quota exceeded|[Nn]ot enough (?:free )?(?:disk )?space",
    ),
    LogRule(
        "GpuNotFound",
        f"{GPU}On a CPU InstanceType, load the model with map_location='cpu' and use the CPU image.",
        "PyTorch, torch.cuda and torch.load; CUDA runtime, cudaErrorNoDevice; vLLM; Triton",
        line=r"torch\.cuda\.is_available\(\) is False|Found no NVIDIA driver|no CUDA-capable device|"
        r"No CUDA GPUs are available|Torch not compiled with CUDA|KIND_GPU but no GPUs|CUDA_ERROR_NO_DEVICE|"
        r"Failed to infer device type|NVML Shared Library Not Found|No GPU found",
    ),
    LogRule(
        "ReadOnlyFileSystem",
        "Write to /tmp: /opt/ml/model is read-only in the container.",
        "Linux, EROFS",
        line=r"Read-only file system|os error 30\b",
    ),
    LogRule(
        "FilePermissionDenied",
        "A file of the archive: run chmod -R a+rX before packing it, and chmod +x for a program. A cache or an output: "
        "write below /tmp, for example with HF_HOME in Environment.",
        "Linux, EACCES",
        line=r"PermissionError: |Permission denied",
        unless=r"publickey|exec: ",
    ),
)

SERVER_RULES = (
    LogRule(
        "RemoteCodeNotAllowed",
        "Set HF_TRUST_REMOTE_CODE (or OPTION_TRUST_REMOTE_CODE of LMI) to true in Environment if you trust the model's "
        "own code, or use a FrameworkVersion that supports the model.",
        "transformers, resolve_trust_remote_code",
        line=r"trust_remote_code=True|contains custom code which must be executed",
        unless=r"^\s*(?:File|#)|Args|args",
    ),
    LogRule(
        "ModelNotSupported",
        IMAGE_TOO_OLD,
        "transformers, configuration_auto.py; text-generation-inference, get_model; text-embeddings-inference; vLLM",
        line=r"[Uu]nsupported model type|does not recognize this architecture|Model is not supported|"
        r"[Mm]odel architectures? \S+ (?:are|is) not supported|unknown variant `[^`]+`, expected|"
        r"sharded is not supported for|Could not start backend: .* is not supported|"
        r"`rope_scaling` must be a dictionary|Tokenizer class \w+ does not exist|Unrecognized configuration class|"
        r"not (?:yet )?supported by (?:this version|the current version)",
    ),
    LogRule(
        "ModelNotSupported",
        IMAGE_TOO_OLD,
        "transformers, configuration_auto.py: a model type that CONFIG_MAPPING does not have",
        exception=r"^KeyError: '[\w-]+'",
        also=r"CONFIG_MAPPING|configuration_auto\.py",
    ),
    LogRule(
        "NetworkUnreachable",
        "Give the subnets of VpcConfig a route to the host (a NAT gateway or a VPC endpoint), unset "
        "EnableNetworkIsolation, or pack what is downloaded into the archive.",
        "Linux, getaddrinfo(3) and connect(2); urllib3 and requests; huggingface_hub",
        line=NETWORK,
        unless=LOCAL_HOST,
    ),
    LogRule(
        "RequirementsFailed",
        "Correct code/requirements.txt, and the name of the entry point, as pip's messages say: pin versions that "
        "exist for the container's Python, or pack wheels into the archive.",
        "pip; sagemaker-containers, InstallModuleError and InstallRequirementsError",
        line=r"ERROR: (?:Could not find a version|No matching distribution|Cannot install|ResolutionImpossible|"
        r"Failed (?:building|to build)|Could not (?:install|open|build)|Invalid requirement|"
        r"Package .* requires a different)|"
        r"[Ii]nvalid distribution name|error: (?:subprocess-exited-with-error|metadata-generation-failed|"
        r"legacy-install-failure)|Install(?:Module|Requirements)Error|[Cc]ommand errored out with exit status|"
        r"pip['\"]?,? ['\"]?install.*(?:returned non-zero|failed)|Command .*egg_info",
        absent=r"ERROR:? .*(?:" + NETWORK + r")|NewConnectionError\((?!.*(?:" + LOCAL_HOST + r"))",
    ),
    LogRule(
        "WrongListenAddress",
        "Let the server listen on 0.0.0.0, port 8080: on a loopback address SageMaker cannot reach it.",
        "gunicorn, uvicorn, Flask: the line of their start",
        line=r"(?:[Ll]istening (?:at|on):?|[Rr]unning on) (?:https?://)?(?:127\.0\.0\.1|localhost)(?::\d+)?",
        absent=r"0\.0\.0\.0|all addresses|\[::\]",
        is_weak=True,
    ),
    LogRule(
        "WrongListenAddress",
        "Let the server listen on 0.0.0.0, port 8080: SageMaker calls no other port.",
        "gunicorn, uvicorn, Flask: the line of their start; SageMaker developer guide, custom inference code",
        line=r"(?:[Ll]istening (?:at|on):?|[Rr]unning on) (?:https?://)?(?:0\.0\.0\.0|\[::\]):(?!8080\b)\d+",
        absent=r":8080\b",
        is_weak=True,
    ),
    LogRule(
        "WorkerFailedToBoot",
        "Start an asynchronous application with a worker class that runs an event loop: gunicorn -k "
        "uvicorn.workers.UvicornWorker.",
        "CPython asyncio, under a worker class of gunicorn that has no event loop",
        exception=r"no running event loop|There is no current event loop|required positional argument: 'send'",
    ),
    LogRule(
        "StartTooSlow",
        "Raise ContainerStartupHealthCheckTimeoutInSeconds and the server's own limit "
        "(SAGEMAKER_MODEL_SERVER_TIMEOUT in Environment), or load the model faster: it was not loaded in time.",
        "gunicorn, arbiter.py; nginx; multi-model-server and TorchServe",
        line=r"WORKER TIMEOUT|upstream timed out .*(?:GET /ping|reading response header)|"
        r"[Ww]orker (?:did not respond|failed to respond|timed out)|Backend worker did not respond|"
        r"[Ll]oad(?:ing)? (?:of )?model \S* ?timed? ?out|[Mm]odel load(?:ing)? (?:has )?timed? ?out",
        is_weak=True,
    ),
    LogRule(
        "WorkerFailedToBoot",
        "Read the log lines above this one: a worker of the server stopped while it loaded the model. If there is no "
        "error, give it more memory with another InstanceType.",
        "gunicorn, arbiter.py; multi-model-server and TorchServe, WorkerThread",
        line=r"Worker failed to boot|App failed to load|error: Worker died|Backend worker (?:process )?(?:died|error)",
        is_weak=True,
    ),
)

LOG_RULES = (*VERSION_RULES, *MODULE_RULES, *FILE_RULES, *SYSTEM_RULES, *SERVER_RULES)

# What an exception in the model's own files is, where no rule knows it.
MODEL_CODE_FAILED = LogRule(
    "ModelCodeFailed",
    "Correct {place}, try it with slipway serve, and deploy again.",
    "a traceback with a frame in the archive's files",
)
PING_STATUS_WRONG = LogRule(
    "PingStatusWrong",
    "Let the server respond to GET /ping with status 200: it responded with {status}.",
    "SageMaker developer guide, custom inference code: /ping must respond with 200",
)

# Exceptions that report another one, or follow from it: they decide only where there is no other.
CONSEQUENCES = (
    r"HaltServer|See (?:root cause|stack trace) above|initialization failed\. See|CalledProcessError|ChildFailedError|"
    r"RayActorError|RayTaskError|ConnectionRefusedError|ConnectionResetError|BrokenPipeError|EOFError|KeyboardInterrupt|"
    r"CancelledError|SystemExit|ExceptionGroup|MaxRetryError.*(?:" + LOCAL_HOST + r")|NewConnectionError|"
    r"ConnectionError: .*(?:" + LOCAL_HOST + r")"
)

# Tracebacks of a server's side tasks, which serves without them: multi-model-server and TorchServe collect metrics of a
# GPU on every instance.
SIDE_TASKS = r"metrics/(?:metric_collector|system_metrics|process_memory_metric)\.py|No module named '?nvgpu"


def names() -> tuple[str, ...]:
    """Return the name of every cause, once."""
    rules = (*REASON_RULES, *LOG_RULES, MODEL_CODE_FAILED, PING_STATUS_WRONG, *VAGUE_RULES)
    return tuple(dict.fromkeys(rule.name for rule in rules))
