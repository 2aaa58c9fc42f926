"""Probes: what is found, what is written down, and that nothing is left behind whatever happens."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conventions.project import FUNCTIONS

from slipway_cli.doctor.assumptions import (
    ASSUMPTIONS,
    INSTANCE_HOUR,
    NOT_PROBED,
    SHARED_MINUTES,
    Assumption,
    cost_of,
)
from slipway_cli.doctor.lab import INSTANCE_TYPE, PREFIX, Lab, ProbeFailed
from slipway_cli.doctor.probing import (
    CONFIRMED,
    CONTRADICTED,
    INCONCLUSIVE,
    Report,
    anonymizer,
    new_report,
    run_probes,
)
from slipway_cli.sdk.target import Target

ACCOUNT = "111122223333"
OUTPUTS = {
    "StateMachineArn": f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:slipway-DeployEndpoint",
    "ModelBucketName": "slipway-modelbucket-1a2b3c4d5e6f",
    "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/slipway-ExecutionRole-1A2B",
}


class Calls:
    """A client of any service: it notes its calls, and refuses those in `refusals` with an error's code."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.refusals: dict[str, tuple[str, str]] = {}

    def client(self, _service: str, **_options: Any) -> Calls:
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.made.append(operation)
            if operation in self.refusals:
                code, message = self.refusals[operation]
                raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
            return request

        return call


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def report(calls: Calls) -> Report:
    return new_report(Target(calls, "us-east-1", endpoint_url="http://127.0.0.1:1", known_outputs=OUTPUTS))


@pytest.fixture
def lab(report: Report) -> Lab:
    return Lab(report.target, lambda _text: None, sleep=lambda _seconds: None)


def assumption(probe: Any, *expected: str) -> Assumption:
    return Assumption("key", "It is so.", expected or ("so",), "everything", "none", probe)


def verdicts(report: Report, lab: Lab, *assumptions: Assumption) -> list[str]:
    return [found.verdict for found in run_probes(assumptions, report, lab, lambda _text: None)]


def test_an_answer_is_confirmed_contradicted_or_inconclusive(report: Report, lab: Lab, calls: Calls) -> None:
    def fails(_lab: Lab) -> str:
        raise ProbeFailed("The endpoint is Failed")

    calls.refusals["describe_model"] = ("AccessDeniedException", "not authorized")

    found = verdicts(
        report,
        lab,
        assumption(lambda _lab: "so: in AWS's words"),
        assumption(lambda _lab: "otherwise: in AWS's words"),
        assumption(fails),
        assumption(lambda lab: str(lab.sagemaker("describe_model"))),
    )

    assert found == [CONFIRMED, CONTRADICTED, INCONCLUSIVE, INCONCLUSIVE]
    assert [one.detail for one in report.findings][:3] == ["in AWS's words"] * 2 + ["The endpoint is Failed"]
    assert report.findings[3].detail.startswith("AWS denied describe_model")


def creating(lab: Lab) -> str:
    lab.sagemaker("create_model", **lab.model_request())
    return "so"


def test_what_probes_created_is_deleted_newest_first(report: Report, lab: Lab, calls: Calls) -> None:
    order: list[str] = []
    lab.undo("first", lambda: order.append("first"))
    lab.undo("second", lambda: order.append("second"))

    assert verdicts(report, lab, assumption(creating)) == [CONFIRMED]

    assert calls.made.index("create_model") < calls.made.index("delete_model")
    assert order == ["second", "first"]
    assert report.left == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a bug")])
def test_what_probes_created_is_deleted_after_ctrl_c_and_after_a_bug(
    report: Report, lab: Lab, calls: Calls, error: BaseException
) -> None:
    def interrupted(lab: Lab) -> str:
        creating(lab)
        raise error

    with pytest.raises(type(error)):
        verdicts(report, lab, assumption(interrupted))

    assert "delete_model" in calls.made


def test_a_creation_whose_answer_is_lost_is_deleted_too(report: Report, lab: Lab, calls: Calls) -> None:
    calls.refusals["create_model"] = ("InternalFailure", "try again")

    assert verdicts(report, lab, assumption(creating)) == [INCONCLUSIVE]

    assert "delete_model" in calls.made


def test_ctrl_c_does_not_interrupt_the_deletion(report: Report, lab: Lab) -> None:
    before = signal.getsignal(signal.SIGINT)
    lab.undo("something", lambda: signal.raise_signal(signal.SIGINT))

    assert verdicts(report, lab, assumption(lambda _lab: "so")) == [CONFIRMED]

    assert signal.getsignal(signal.SIGINT) is before


def test_what_cannot_be_deleted_is_reported_and_the_rest_is_deleted(report: Report, lab: Lab, calls: Calls) -> None:
    deleted: list[str] = []
    lab.undo("first", lambda: deleted.append("first"))
    calls.refusals["delete_model"] = ("AccessDeniedException", "not authorized")

    verdicts(report, lab, assumption(creating))

    (left,) = report.left
    assert left.startswith(f"model {PREFIX}")
    assert deleted == ["first"]


def test_what_is_gone_already_is_not_left_behind(report: Report, lab: Lab, calls: Calls) -> None:
    calls.refusals["delete_model"] = ("ValidationException", "Could not find model")

    verdicts(report, lab, assumption(creating))

    assert report.left == []


def test_a_report_does_not_identify_the_account(report: Report, lab: Lab) -> None:
    said = (
        f"so: arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m of s3://{OUTPUTS['ModelBucketName']}/k by "
        f"{OUTPUTS['ExecutionRoleArn']} with AKIAIOSFODNN7EXAMPLE, request 1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    )
    verdicts(report, lab, assumption(lambda _lab: said))

    text = json.dumps(report.as_fields(), default=str)

    for secret in (ACCOUNT, "modelbucket", "slipway-ExecutionRole", "AKIA", "1b4e28ba"):
        assert secret not in text
    assert anonymizer(report.target)("model/m of 7 files") == "model/m of 7 files"


def test_waiting_is_bounded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 1000, 10))
    monkeypatch.setattr("slipway_cli.doctor.lab.time.monotonic", lambda: next(times))

    with pytest.raises(ProbeFailed, match="has not settled in 60 s"):
        lab.until(lambda: None, "It has not settled")


# The ledger


def test_each_assumption_has_an_id_of_its_own_and_a_probe_of_its_own() -> None:
    for values in ([one.key for one in ASSUMPTIONS], [one.probe for one in ASSUMPTIONS]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_what_depends_on_an_assumption_exists() -> None:
    root = FUNCTIONS.parent
    for one in ASSUMPTIONS:
        for word in one.depends.replace("(", " ").replace(")", " ").replace(",", " ").split():
            if word.startswith("slipway."):
                path = FUNCTIONS / word.replace(".", "/")
                assert path.is_dir() or path.with_suffix(".py").is_file(), word
            elif "/" in word:
                assert list(root.glob(f"{word}*")), word


def test_each_question_without_a_probe_has_a_reason() -> None:
    assert all(question and reason.endswith(".") for question, reason in NOT_PROBED)


def test_the_price_of_an_instance_is_that_of_the_price_table() -> None:
    prices = json.loads((Path(FUNCTIONS) / "slipway/prices/us-east-1.json").read_text(encoding="utf-8"))
    assert pytest.approx(prices["HourlyPrices"][INSTANCE_TYPE]) == INSTANCE_HOUR


def test_probes_that_share_an_endpoint_pay_for_it_once() -> None:
    sharing = [one for one in ASSUMPTIONS if one.shared == "asynchronous"]
    assert len(sharing) > 1

    minutes = SHARED_MINUTES["asynchronous"] + sum(one.minutes for one in sharing)
    assert cost_of(sharing) == round(minutes * INSTANCE_HOUR / 60, 2)
    assert cost_of([one for one in ASSUMPTIONS if one.shared == "serverless"]) == 0
