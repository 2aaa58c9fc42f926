"""Inference components in memory: they change only in `settle`."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from slipway.aws.sagemaker import Request, Tags
from slipway.errors import AlreadyExists, EndpointBusy, NotFound
from tests.fakes.sagemaker import ACCOUNT, FakeSageMaker


class FakeInferenceComponents:
    """Implements `InferenceComponents` beside a fake SageMaker, which has the tags; `calls` are what changed one."""

    def __init__(self, sagemaker: FakeSageMaker) -> None:
        self._sagemaker = sagemaker
        self._found: dict[str, dict[str, Any]] = {}
        self._wanted: dict[str, dict[str, Any]] = {}
        self._fails: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []

    def create(self, request: Request, tags: Tags) -> None:
        name = request["InferenceComponentName"]
        if name in self._found:
            raise AlreadyExists(f'Cannot create already existing inference component "{name}".')
        self.calls.append(("create", name))
        arn = f"{ACCOUNT}:inference-component/{name}"
        self._sagemaker._tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        about = {"InferenceComponentArn": arn, "LastModifiedTime": self._sagemaker.now}
        self._found[name] = {"InferenceComponentName": name, "EndpointName": request["EndpointName"], **about}
        self._begin(name, "Creating", request)

    def describe(self, name: str) -> dict[str, Any]:
        if name not in self._found:
            raise NotFound(f'Could not find inference component "{name}".')
        return deepcopy(self._found[name])

    def update(self, request: Request) -> None:
        self._change("update", request["InferenceComponentName"], "Updating", request)

    def set_copies(self, name: str, count: int) -> None:
        self._change("set_copies", name, "Updating", {"RuntimeConfig": {"CopyCount": count}})

    def delete(self, name: str) -> None:
        self._change("delete", name, "Deleting", {})

    def names(self, endpoint_name: str) -> list[str]:
        return [name for name, found in self._found.items() if found["EndpointName"] == endpoint_name]

    def fail(self, name: str, reason: str) -> None:
        """Let the next change of a component fail in `settle`."""
        self._fails[name] = reason

    def settle(self) -> None:
        """Finish what is under way: a failed update is rolled back."""
        self._sagemaker.now += timedelta(minutes=1)
        for name, wanted in self._wanted.items():
            found, reason = self._found[name], self._fails.pop(name, None)
            found["LastModifiedTime"] = self._sagemaker.now
            if found["InferenceComponentStatus"] == "Deleting":
                del self._found[name]
            elif reason is not None:
                status = "Failed" if found["InferenceComponentStatus"] == "Creating" else "InService"
                found |= {"FailureReason": reason, "InferenceComponentStatus": status}
            else:
                found["InferenceComponentStatus"] = "InService"
                found["Specification"] = wanted.get("Specification", found.get("Specification"))
                found["RuntimeConfig"] = {"DesiredCopyCount": wanted["RuntimeConfig"]["CopyCount"]}
        self._wanted.clear()

    def _change(self, call: str, name: str, status: str, wanted: Request) -> None:
        if self.describe(name)["InferenceComponentStatus"] not in ("InService", "Failed"):
            raise EndpointBusy(f'Cannot update in-progress inference component "{name}".')
        self.calls.append((call, name))
        self._begin(name, status, wanted)

    def _begin(self, name: str, status: str, wanted: Request) -> None:
        self._found[name]["InferenceComponentStatus"] = status
        self._wanted[name] = dict(wanted)
