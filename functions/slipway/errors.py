"""The errors of Slipway, and what the workflow does about each family.

    SlipwayError
    ├── Refused                     never retried: explained, and the execution ends Failed
    │   ├── InputRefused            the deployment input itself             (PlanDeployment)
    │   ├── SourceRefused           a training job or a model package       (PlanDeployment; planning.errors)
    │   ├── LimitExceeded           what the stack's owner does not allow   (PlanDeployment; deployment.limits)
    │   ├── ImageRefused            the image                               (ResolveImage; images.errors)
    │   ├── ArtifactRefused         the model archive                       (InspectArtifact)
    │   ├── PayloadRefused          the smoke test's payload                (PlanDeployment; smoke_test.errors)
    │   ├── SdkTooOld               the Lambda runtime's botocore            (every state that calls SageMaker)
    │   └── AwsRefused              SageMaker or another AWS service refused the request
    │       ├── AccessDenied
    │       ├── RoleNotAssumable
    │       ├── QuotaExceeded
    │       ├── NotFound            use cases decide what that means
    │       └── AlreadyExists       use cases decide whether it is the same
    ├── NotYet                      retried with backoff and full jitter
    ├── Superseded                  a newer deployment won: the execution ends Superseded
    │   └── NewerDeploymentInPlace
    └── DeadlineExceeded            the time is over: nothing more is begun
        └── OutOfTime               of a function; it never leaves the function   (aws.retry)

Class names are an interface: Lambda reports them as the error name, and the state machine's Retry and Catch
match them exactly. `tests/conventions` checks every name the workflow matches, and this tree.
"""

from __future__ import annotations


class SlipwayError(Exception):
    """Base of every error that Slipway raises on purpose; its message is one sentence for the user."""


class Refused(SlipwayError):
    """Another attempt does not help: the workflow explains it, removes what it made, and ends Failed."""

    def __str__(self) -> str:
        """Return the sentence with what no console shows escaped: it may quote names that others gave."""
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in super().__str__())


class NotYet(SlipwayError):
    """A later attempt may succeed: the workflow retries."""


class Superseded(SlipwayError):
    """A newer deployment of the endpoint won: the workflow ends Superseded, not Failed."""


class DeadlineExceeded(SlipwayError):
    """The deployment took longer than DeadlineMinutes."""


class SdkTooOld(Refused):
    """The Lambda runtime's botocore does not know every member of SageMaker's requests that a deployment can set."""


class InputRefused(Refused):
    """The deployment input breaks the contract."""


class InputNotAnObject(InputRefused):
    """The input, or a side file, is not a JSON object."""


class FieldMissing(InputRefused):
    """A required field is absent."""


class FieldUnknown(InputRefused):
    """A field that the contract does not have, most often a typing error."""


class FieldInvalid(InputRefused):
    """A field whose value SageMaker or Slipway refuses."""


class HostingCannotChange(InputRefused):
    """The endpoint has a kind of hosting that an update does not change into the wanted one."""


class FieldsConflict(InputRefused):
    """Fields that exclude each other."""


class UploadEventInvalid(InputRefused):
    """The event that started the execution is not an S3 `Object Created` event of the EventBridge form."""


class UploadNotDeployed(InputRefused):
    """An object was uploaded to `models/` or `batch/` under a key that starts no execution."""


class DeploymentConfigInvalid(InputRefused):
    """A DeploymentConfig outside the ranges and exclusions of SageMaker's deployment guardrails."""


class ArtifactRefused(Refused):
    """The model archive cannot be deployed."""


class BucketNotFound(ArtifactRefused):
    """The archive's bucket does not exist."""


class BucketInAnotherRegion(ArtifactRefused):
    """The archive's bucket is not in the stack's region, where SageMaker requires it."""


class ArtifactNotFound(ArtifactRefused):
    """The bucket has no such object."""


class ArtifactReplaced(ArtifactRefused):
    """The object was overwritten between its inspection and its deployment; after an upload this ends Superseded."""


class ArtifactPrefixChanged(ArtifactRefused):
    """What a model loads without a copy is no longer what the configuration was deployed with."""


class ArtifactNameInvalid(ArtifactRefused):
    """An object below a prefix has a name that SageMaker does not write to the instance's disk."""


class ArtifactAccessDenied(ArtifactRefused):
    """The stack may not read the object."""


class ArtifactNotGzip(ArtifactRefused):
    """The object is not gzip-compressed."""


class ArtifactNotTar(ArtifactRefused):
    """The content of the gzip file is not a tar archive."""


class ArtifactTruncated(ArtifactRefused):
    """The archive ends in the middle, most often an upload that was cut off."""


class ArtifactEmpty(ArtifactRefused):
    """The archive holds no file."""


class ArtifactPathUnsafe(ArtifactRefused):
    """A member would be unpacked outside the model directory."""


class ArtifactHasSymbolicLinks(ArtifactRefused):
    """The archive holds symbolic links, which SageMaker does not unpack."""


class ArtifactHeaderTooLarge(ArtifactRefused):
    """A header in the archive is larger than 1 MiB."""


class ArtifactNested(ArtifactRefused):
    """All files are in one directory of the archive, and the container looks for them at the top."""


class ArtifactFilesMissing(ArtifactRefused):
    """The archive lacks files without which the framework's container cannot serve it."""


class ArtifactFilesUnexpected(ArtifactRefused):
    """The archive holds files that the framework's container takes for models and cannot load."""


class ArtifactHasLfsPointers(ArtifactRefused):
    """The archive holds a Git LFS pointer in place of a file."""


class ArtifactTooLarge(ArtifactRefused):
    """The archive is larger than the volume it would be unpacked on."""


class ExecutionRoleMissing(Refused):
    """The execution role does not exist."""


class ModelNameTaken(Refused):
    """A model of this content-addressed name exists with different content."""


class ModelNotFound(Refused):
    """The model that a variant names does not exist."""


class EndpointConfigNameTaken(Refused):
    """An endpoint configuration of this content-addressed name exists with different content."""


class EndpointConfigNotFound(Refused):
    """The endpoint configuration to redeploy does not exist."""


class EndpointNotOurs(Refused):
    """The endpoint of this name was not deployed by this stack, which is not allowed to take it over."""


class EndpointNameTaken(Refused):
    """An endpoint exists whose name differs in upper and lower case only."""


class ComponentNameTaken(Refused):
    """An inference component of this name exists that this deployment does not manage."""


class ScalingNotOurs(Refused):
    """The update needs the endpoint's scaling to end, and Slipway did not set it up."""


class AlarmNotFound(Refused):
    """An alarm that the DeploymentConfig names does not exist."""


class AlarmAlreadyFiring(Refused):
    """An alarm that the DeploymentConfig names is in ALARM, so that SageMaker would roll the update back."""


class AwsRefused(Refused):
    """An AWS service refused a request for a reason that has no name of its own here."""


class AccessDenied(AwsRefused):
    """The function's role lacks a permission."""


class RoleNotAssumable(AwsRefused):
    """SageMaker cannot assume the execution role."""


class QuotaExceeded(AwsRefused):
    """The account's service quota is too small."""


class NotFound(AwsRefused):
    """Something requested by name does not exist; use cases decide what that means."""


class AlreadyExists(AwsRefused):
    """Something to be created exists by that name; use cases decide whether it is the same."""


class NewerDeploymentInPlace(Superseded):
    """A deployment that was requested later serves on the endpoint, served until its deletion, or has changed it."""


class ServiceThrottled(NotYet):
    """AWS throttled the call."""


class ServiceUnavailable(NotYet):
    """AWS answered with a 5xx or not at all."""


class NotVisibleYet(NotYet):
    """Something is not visible to a call: just created (reads are eventually consistent), or deleted meanwhile."""


class ModelNotReady(NotYet):
    """The endpoint is InService, but its model is still being loaded (serverless: a cold start)."""


class EndpointBusy(NotYet):
    """The endpoint is creating, updating or deleting; AWS refuses changes until it is done."""
