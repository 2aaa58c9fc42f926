"""The private places of MiniStack that the engine touches are as the pinned version has them.

Cheap checks in this process. Each failure names the module of `slipway_local` to look at after an upgrade.
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
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import cloudwatch, eventbridge, lambda_svc, scheduler, stepfunctions, sts, tagging
from ministack.services.cloudformation import provisioners

from slipway_local.engine import services as sagemaker_mount
from slipway_local.engine.patches import lambda_functions as lambda_errors

PINNED = "1.5.33"
LOOK_AT = "MiniStack has changed: look at tools/slipway_local/"


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_version_is_the_one_that_was_looked_into() -> None:
    found = importlib.metadata.version("ministack")

    assert found == PINNED, f"MiniStack is {found}: run tests/contract/engine, mend what fails, then change PINNED."


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
        (lambda_runtime, "_PYTHON_WORKER_SCRIPT", str, "engine/patches/lambda_functions.py"),
        (lambda_svc, "_execute_function_warm", None, "engine/patches/lambda_functions.py"),
        (provisioners, "_sfn_definition", None, "engine/patches/cloudformation.py"),
        (tagging, "_COLLECTORS", dict, "engine/patches/tagging.py"),
        (tagging, "_WRITERS", dict, "engine/patches/tagging.py"),
        (tagging, "_REMOVERS", dict, "engine/patches/tagging.py"),
        (tagging, "_HANDLERS", dict, "engine/patches/tagging.py"),
        (cloudwatch, "_dims_from_list", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_get_metric_data", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_error", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_list_metrics", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_dims_key", None, "engine/patches/cloudwatch.py"),
        (cloudwatch, "_metrics", AccountRegionScopedDict, "engine/patches/cloudwatch.py"),
        (cloudwatch, "record_metric", None, "engine/patches/lambda_functions.py"),
        (cloudwatch, "_evaluate_all_alarms", None, "engine/patches/lambda_functions.py"),
        (scheduler, "_SCHEDULE_TICK_INTERVAL", int, "engine/patches/scheduler.py"),
        (eventbridge, "_parse_rate_seconds", None, "engine/patches/scheduler.py"),
        (app, "pin_request_origin", None, "engine/patches/iam.py"),
        (iam_actions, "request_tag_context", None, "engine/patches/iam.py"),
        (tagging, "resource_tags", None, "engine/patches/iam.py"),
        (iam_actions, "identity_denial_message", None, "iam/policies.py"),
        (iam_evaluator, "evaluate", None, "iam/policies.py"),
        (iam_evaluator, "parse_policy_document", None, "iam/policies.py"),
        (iam_evaluator, "_names_condition_key", None, "iam/policies.py"),
        (iam_evaluator, "resolve_principal", None, "engine/authorization.py"),
        (iam_evaluator, "_gather_role_policies", None, "engine/authorization.py"),
        (router, "extract_access_key_id", None, "engine/authorization.py"),
        (sts, "register_session", None, "engine/authorization.py"),
        (stepfunctions, "_execute_task", None, "engine/patches/assume_role.py"),
        (stepfunctions, "_invoke_resource", None, "engine/patches/assume_role.py"),
        (stepfunctions, "_ExecutionError", None, "engine/patches/assume_role.py"),
        (eventbridge, "_invoke_target", None, "engine/patches/assume_role.py"),
    ],
)
def test_every_place_is_there(owner: Any, name: str, kind: type | None, module: str) -> None:
    place = getattr(owner, name, None)

    assert isinstance(place, kind) if kind else callable(place), (
        f"{LOOK_AT}{module}: {owner.__name__}.{name} is not what it was."
    )


@pytest.mark.parametrize(
    ("function", "expected", "module"),
    [
        (app.app, ["scope", "receive", "send"], "engine/serve.py"),
        (lambda_svc._execute_function_warm, ["func", "event", "request_id"], "engine/patches/lambda_functions.py"),
        (provisioners._sfn_definition, ["props"], "engine/patches/cloudformation.py"),
        (provisioners._cw_metric_alarm_record, ["name", "props"], "engine/patches/cloudformation.py"),
        (
            lambda_svc._emit_lambda_logs,
            ["func", "request_id", "log_text", "error", "duration_ms", "log_source"],
            "engine/patches/lambda_functions.py",
        ),
        (
            cloudwatch.record_metric,
            ["namespace", "metric_name", "value", "unit", "dimensions"],
            "engine/patches/lambda_functions.py",
        ),
        (tagging._WRITERS["lambda"], ["spec", "arn", "tags"], "engine/patches/tagging.py"),
        (tagging._REMOVERS["lambda"], ["spec", "arn", "keys"], "engine/patches/tagging.py"),
        (tagging._HANDLERS["GetResources"], ["data"], "engine/patches/tagging.py"),
        (
            cloudwatch._get_metric_data,
            ["params", "cbor_data", "is_cbor", "is_json"],
            "engine/patches/cloudwatch.py",
        ),
        (eventbridge._parse_rate_seconds, ["expr"], "engine/patches/scheduler.py"),
        (app.pin_request_origin, ["source_ip", "secure_transport"], "engine/patches/iam.py"),
        (iam_actions.request_tag_context, ["service", "iam_action", "body", "params"], "engine/patches/iam.py"),
        (stepfunctions._execute_task, ["state_def", "raw_input", "execution", "ctx"], "engine/patches/assume_role.py"),
        (stepfunctions._invoke_resource, ["resource", "input_data"], "engine/patches/assume_role.py"),
        (eventbridge._invoke_target, ["target", "event", "rule", "view"], "engine/patches/assume_role.py"),
    ],
)
def test_what_is_wrapped_takes_what_it_took(function: Any, expected: list[str], module: str) -> None:
    assert parameters(function) == expected, f"{LOOK_AT}{module}: {function.__name__} has other parameters."


def test_a_service_is_registered_as_ours_is() -> None:
    because = f"{LOOK_AT}engine/services.py: a service of MiniStack's is registered in another way."

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

    assert not taken, f"{LOOK_AT}engine/services.py: MiniStack now brings {taken}, which ours would replace."


def test_the_worker_reports_an_exception_in_the_one_place_that_is_patched() -> None:
    found = lambda_runtime._PYTHON_WORKER_SCRIPT.count(lambda_errors.THEIRS)

    assert found == 1, f"{LOOK_AT}engine/patches/lambda_functions.py: its THEIRS is {found} times in the Python worker."


def test_a_worker_that_reports_otherwise_is_refused_by_name() -> None:
    not_idle = SimpleNamespace(_PYTHON_WORKER_SCRIPT="try: ...")

    with pytest.raises(LookupError, match=r"lambda_functions\.py"):
        lambda_errors.report_errors_by_name(not_idle, SimpleNamespace(_execute_function_warm=None))


@pytest.mark.parametrize("name", ["fix_success_content_type", "fix_error_content_type"])
def test_content_types_are_rewritten_in_the_header_that_the_mount_does_not_use(name: str) -> None:
    status = 400 if "error" in name else 200
    control_plane, runtime = {"Content-Type": "application/json"}, {"content-type": "application/json"}

    for headers in (control_plane, runtime):
        getattr(responses, name)("sagemaker", status, headers)

    because = f"{LOOK_AT}engine/services.py: content types are rewritten in another way."
    assert control_plane == {"Content-Type": "application/x-amz-json-1.1"}, because
    assert runtime == {"content-type": "application/json"}, because


def test_requests_are_routed_by_target_and_by_signing_name_once_mounted(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = {"sagemaker": {"target_prefixes": [sagemaker_mount.TARGET_PREFIX], "host_patterns": []}}
    monkeypatch.setattr(router, "SERVICE_PATTERNS", router.SERVICE_PATTERNS | patterns)
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/sagemaker/aws4_request, x"}

    by_target = router.detect_service("POST", "/", {"x-amz-target": "SageMaker.ListModels"}, {})
    by_signature = router.detect_service("POST", "/endpoints/ep/invocations", signed, {})

    because = f"{LOOK_AT}engine/services.py: requests are routed in another way."
    assert (by_target, by_signature) == ("sagemaker", "sagemaker"), because


def test_the_mount_leaves_what_it_does_not_own_alone() -> None:
    async def plane(*_: Any) -> sagemaker_mount.Response:
        return 200, {"Content-Type": "application/json"}, b"{}"

    places = [SimpleNamespace(**{name: {} for name in names}) for names in (
        ("SERVICE_REGISTRY", "SERVICE_HANDLERS", "_loaded_modules"),
        ("SERVICE_PATTERNS",),
        ("_AWS_SDK_SERVICE_MAP", "_AWS_SDK_ERROR_PREFIX", "_AWS_SDK_ERROR_CODE_OVERRIDES"),
    )]  # fmt: skip
    resets: list[str] = []
    state = SimpleNamespace(reset=lambda: resets.append("reset"))
    service = sagemaker_mount.SageMakerService(plane, plane, state)

    sagemaker_mount.mount(service, *places)

    assert [set(table) for place in places for table in vars(place).values()] == [{"sagemaker"}] * 7
    assert asyncio.run(service.handle_request("POST", "/", {}, b"", {}))[1] == {"Content-Type": "application/json"}
    service.reset()
    assert resets == ["reset"]
