"""The private places of MiniStack that the engine touches are as the pinned version has them.

Cheap checks in this process. Each failure names the module of `slipway_local` to check after an upgrade.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, responses, router
from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict
from ministack.services import cloudwatch, s3, stepfunctions, sts, tagging

from slipway_local.engine import patches, services
from slipway_local.engine.patches import lambda_functions

CHECK = "MiniStack has changed: check tools/slipway_local/"


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_looked_into() -> None:
    found = importlib.metadata.version("ministack")

    assert found == patches.VERSION, f"MiniStack is {found}: run tests/contract/engine, fix what fails, change VERSION."


@pytest.mark.parametrize("patch", patches.all_patches(), ids=str)
def test_a_patched_place_is_as_it_was(patch: patches.Patch) -> None:
    patch.original()  # raises LookupError, which names the module of the patch


def test_a_place_that_is_not_as_it_was_is_refused_by_name() -> None:
    gone = patches.Patch("ministack.app", "no_such_place", lambda original, _engine: original)
    changed = patches.Patch("ministack.app", "app", lambda original, _engine: original, ("scope",))

    with pytest.raises(LookupError, match="no_such_place"):
        gone.original()
    with pytest.raises(LookupError, match="does not take"):
        changed.original()


@pytest.mark.parametrize(
    ("owner", "name", "kind", "module"),
    [
        (app, "app", None, "engine/serve.py"),
        (app, "SERVICE_REGISTRY", dict, "engine/services.py"),
        (app, "SERVICE_HANDLERS", dict, "engine/services.py"),
        (app, "_loaded_modules", dict, "engine/services.py"),
        (router, "SERVICE_PATTERNS", dict, "engine/services.py"),
        (stepfunctions, "_AWS_SDK_SERVICE_MAP", dict, "engine/services.py"),
        (stepfunctions, "_AWS_SDK_ERROR_PREFIX", dict, "engine/services.py"),
        (stepfunctions, "_AWS_SDK_ERROR_CODE_OVERRIDES", dict, "engine/services.py"),
        (stepfunctions, "_ExecutionError", None, "engine/patches/stepfunctions.py"),
        (cloudwatch, "_error", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_dims_key", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_metrics", AccountRegionScopedDict, "engine/patches/cloudwatch.py"),
        (cloudwatch, "record_metric", None, "engine/patches/lambda_functions.py"),
        (cloudwatch, "_evaluate_all_alarms", None, "engine/patches/lambda_functions.py"),
        (s3, "_object_tags", AccountScopedDict, "engine/patches/iam.py"),
        (tagging, "resource_tags", None, "engine/authorization.py"),
        (iam_actions, "identity_denial_message", None, "iam/policies.py"),
        (iam_evaluator, "evaluate", None, "iam/policies.py"),
        (iam_evaluator, "parse_policy_document", None, "iam/policies.py"),
        (iam_evaluator, "_names_condition_key", None, "iam/policies.py"),
        (iam_evaluator, "resolve_principal", None, "engine/authorization.py"),
        (iam_evaluator, "_gather_role_policies", None, "engine/authorization.py"),
        (router, "extract_access_key_id", None, "engine/authorization.py"),
        (sts, "register_session", None, "engine/authorization.py"),
    ],
)
def test_every_place_is_there(owner: Any, name: str, kind: type | None, module: str) -> None:
    place = getattr(owner, name, None)

    assert isinstance(place, kind) if kind else callable(place), (
        f"{CHECK}{module}: {owner.__name__}.{name} is not what it was."
    )


@pytest.mark.parametrize(
    ("function", "expected", "module"),
    [
        (app.app, ["scope", "receive", "send"], "engine/serve.py"),
        (
            cloudwatch.record_metric,
            ["namespace", "metric_name", "value", "unit", "dimensions"],
            "engine/patches/lambda_functions.py",
        ),
        (tagging._WRITERS["lambda"], ["spec", "arn", "tags"], "engine/patches/tagging.py"),
        (tagging._REMOVERS["lambda"], ["spec", "arn", "keys"], "engine/patches/tagging.py"),
    ],
)
def test_what_is_called_takes_what_it_took(function: Any, expected: list[str], module: str) -> None:
    assert parameters(function) == expected, f"{CHECK}{module}: {function.__name__} has other parameters."


def test_a_service_is_registered_as_ours_is() -> None:
    because = f"{CHECK}engine/services.py: a service of MiniStack's is registered in another way."

    assert "module" in app.SERVICE_REGISTRY["sqs"], because
    handler = ["method", "path", "headers", "body", "query_params"]
    assert parameters(app.SERVICE_HANDLERS["sqs"]) == handler, because
    assert set(router.SERVICE_PATTERNS["sqs"]) >= {"host_patterns"}, because
    assert "target_prefixes" in router.SERVICE_PATTERNS["dynamodb"], because
    assert stepfunctions._AWS_SDK_SERVICE_MAP["dynamodb"].keys() == {"target_prefix", "protocol"}, because
    assert stepfunctions._AWS_SDK_ERROR_PREFIX["sqs"] == "Sqs", because
    assert isinstance(stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["rds"], dict), because


def test_ministack_has_no_sagemaker_of_its_own() -> None:
    taken = [name for name in app.SERVICE_REGISTRY if name.startswith("sagemaker")]

    assert not taken, f"{CHECK}engine/services.py: MiniStack now brings {taken}, which ours would replace."


def test_the_worker_reports_an_exception_in_the_one_place_that_is_patched() -> None:
    found = lambda_runtime._PYTHON_WORKER_SCRIPT.count(lambda_functions.THEIRS)

    assert found == 1, f"{CHECK}engine/patches/lambda_functions.py: THEIRS is {found} times in the Python worker."


@pytest.mark.parametrize("name", ["fix_success_content_type", "fix_error_content_type"])
def test_content_types_are_rewritten_in_the_header_that_the_mount_does_not_use(name: str) -> None:
    status = 400 if "error" in name else 200
    control_plane, runtime = {"Content-Type": "application/json"}, {"content-type": "application/json"}

    for headers in (control_plane, runtime):
        getattr(responses, name)("sagemaker", status, headers)

    because = f"{CHECK}engine/services.py: content types are rewritten in another way."
    assert control_plane == {"Content-Type": "application/x-amz-json-1.1"}, because
    assert runtime == {"content-type": "application/json"}, because


def test_requests_are_routed_by_target_and_by_signing_name_once_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = {"sagemaker": {"target_prefixes": [services.TARGET_PREFIX], "host_patterns": []}}
    monkeypatch.setattr(router, "SERVICE_PATTERNS", router.SERVICE_PATTERNS | patterns)
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/sagemaker/aws4_request, x"}

    by_target = router.detect_service("POST", "/", {"x-amz-target": "SageMaker.ListModels"}, {})
    by_signature = router.detect_service("POST", "/endpoints/ep/invocations", signed, {})

    because = f"{CHECK}engine/services.py: requests are routed in another way."
    assert (by_target, by_signature) == ("sagemaker", "sagemaker"), because


def test_the_mount_leaves_what_it_does_not_own_alone() -> None:
    async def plane(*_: Any) -> services.Response:
        return 200, {"Content-Type": "application/json"}, b"{}"

    places = [SimpleNamespace(**{name: {} for name in names}) for names in (
        ("SERVICE_REGISTRY", "SERVICE_HANDLERS", "_loaded_modules"),
        ("SERVICE_PATTERNS",),
        ("_AWS_SDK_SERVICE_MAP", "_AWS_SDK_ERROR_PREFIX", "_AWS_SDK_ERROR_CODE_OVERRIDES"),
    )]  # fmt: skip
    resets: list[str] = []
    service = services.SageMakerService(plane, plane, lambda: resets.append("reset"))

    services.mount(service, *places)

    assert [set(table) for place in places for table in vars(place).values()] == [{"sagemaker"}] * 7
    assert asyncio.run(service.handle_request("POST", "/", {}, b"", {}))[1] == {"Content-Type": "application/json"}
    service.reset()
    assert resets == ["reset"]
