"""A SageMaker in memory, behind the port of the use cases. `tests/contract/slipway` holds it to the real one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from slipway.aws.endpoint_listing import ListedEndpoint
from slipway.aws.retry import Page
from slipway.aws.sagemaker import Request, Tags
from slipway.aws.tag_index import Tagged
from slipway.deployment.endpoint_status import BUSY, models_of
from slipway.deployment.resource_names import kind_of
from slipway.errors import AlreadyExists, AwsRefused, EndpointBusy, NotFound
from tests.fakes.faults import Faults
from tests.fakes.scaling import FakeScaling
from tests.fakes.storage import FakeStorage

ACCOUNT = "arn:aws:sagemaker:us-east-1:111122223333"
NOT_LIVE = ("Failed", "Deleting")
NOUNS = {"model": "model", "endpoint-config": "endpoint configuration", "endpoint": "endpoint"}


class FakeSageMaker:
    """Endpoints change only in `settle`; `faults` makes calls go wrong; `updates` are requests of
    UpdateEndpoint; `scaling` and `archives` are what goes with models and endpoints."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 1, 12, 0, 5, tzinfo=UTC)
        self.faults = Faults()
        self.scaling = FakeScaling()
        self.archives = FakeStorage()
        self.updates: list[Request] = []
        self._executions: dict[str, dict[str, Any]] = {}
        self.refuses_in_use = True
        self._resources: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._fails: str | None = None

    # The port.

    def create_model(self, request: Request, tags: Tags) -> str:
        with self.faults.call("create_model"):
            return self._create("model", "ModelName", request, tags)

    def describe_model(self, name: str) -> dict[str, Any]:
        with self.faults.call("describe_model"):
            return {"EnableNetworkIsolation": False, **self._find("model", name)}

    def delete_model(self, name: str) -> None:
        with self.faults.call("delete_model"):
            self._refuse_in_use("model", name, self._models_of_live_endpoints())
            self._delete("model", name)

    def create_endpoint_config(self, request: Request, tags: Tags) -> str:
        with self.faults.call("create_endpoint_config"):
            self._refuse_existing("endpoint-config", request["EndpointConfigName"])
            for model in models_of(request):
                self._find("model", model)
            return self._create("endpoint-config", "EndpointConfigName", request, tags)

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        with self.faults.call("describe_endpoint_config"):
            return self._find("endpoint-config", name)

    def delete_endpoint_config(self, name: str) -> None:
        with self.faults.call("delete_endpoint_config"):
            self._refuse_in_use("endpoint-config", name, self._configs_of_live_endpoints())
            self._delete("endpoint-config", name)

    def list_endpoint_configs(self, name_contains: str) -> list[str]:
        with self.faults.call("list_endpoint_configs"):
            return [name for name in reversed(self.names("endpoint-config")) if name_contains in name]

    def list_endpoints(self) -> list[str]:
        with self.faults.call("list_endpoints"):
            return self.names("endpoint")

    def create_endpoint(self, request: Request, tags: Tags) -> str:
        with self.faults.call("create_endpoint"):
            self._refuse_existing("endpoint", request["EndpointName"])
            self._find("endpoint-config", request["EndpointConfigName"])
            return self._create("endpoint", "EndpointName", {**request, "EndpointStatus": "Creating"}, tags)

    def update_endpoint(self, request: Request) -> None:
        with self.faults.call("update_endpoint"):
            endpoint = self._find("endpoint", request["EndpointName"])
            self._refuse_busy(endpoint)
            if endpoint["EndpointStatus"] == "Failed":
                raise AwsRefused(f'Cannot update failed endpoint "{endpoint["EndpointArn"]}".')
            self._find("endpoint-config", request["EndpointConfigName"])
            self.updates.append(request)
            pending = {"EndpointConfigName": request["EndpointConfigName"], "StartTime": self.now}
            endpoint |= {"EndpointStatus": "Updating", "PendingDeploymentSummary": pending}
            self._resources[endpoint["EndpointArn"]] = endpoint

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        with self.faults.call("describe_endpoint"):
            return self._find("endpoint", name)

    def delete_endpoint(self, name: str) -> None:
        with self.faults.call("delete_endpoint"):
            endpoint = self._find("endpoint", name)
            self._refuse_busy(endpoint)
            self.force_status(name, "Deleting")

    def tags(self, arn: str) -> dict[str, str]:
        with self.faults.call("tags"):
            if arn not in self._tags:
                raise NotFound(f'Could not find resource "{arn}".')
            return dict(self._tags[arn])

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        with self.faults.call("add_tags"):
            if arn not in self._tags:
                raise NotFound(f'Could not find resource "{arn}".')
            self._tags[arn] |= {tag["Key"]: tag["Value"] for tag in tags}
            return dict(self._tags[arn])

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        with self.faults.call("delete_tags"):
            if arn not in self._tags:
                raise NotFound(f'Could not find resource "{arn}".')
            self._tags[arn] = {key: value for key, value in self._tags[arn].items() if key not in keys}

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        """Implements `TagIndex.tagged`: two a page."""
        with self.faults.call("tagged"):
            found: list[Tagged] = [
                (arn, dict(tags))
                for arn, tags in sorted(self._tags.items())
                if kind_of(arn) in kinds and key in tags and value in (None, tags[key]) and arn > token
            ]
            return Page(found[:2], found[1][0] if len(found) > 2 else "")

    def tags_of(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """Implements `TagIndex.tags_of`."""
        with self.faults.call("tags_of"):
            return {arn: dict(self._tags[arn]) for arn in arns if arn in self._tags}

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[ListedEndpoint]:
        """Implements `EndpointListing.endpoints`: one a page."""
        with self.faults.call("list_endpoints"):
            arns = sorted(arn for arn in self._resources if kind_of(arn) == "endpoint" and arn > token)
            page = [_listed(self._resources[arn]) for arn in arns[:1]]
            found = [one for one in page if not changed_since or one.modified >= changed_since]
            return Page(found, arns[0] if len(arns) > 1 else "")

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        """Implements `EndpointListing.components`: there are none."""
        return Page([], "")

    def describe_component(self, name: str) -> dict[str, Any]:
        """Implements `EndpointListing.describe_component`: there are none."""
        raise NotFound(f'Could not find inference component "{name}".')

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """Implements `TagIndex.tag_all`."""
        with self.faults.call("tag_all"):
            for arn in arns:
                self._tags[arn] |= tags

    def describe_execution(self, arn: str) -> dict[str, Any]:
        """Implements Step Functions' DescribeExecution: executions run until `end_execution`."""
        return self._executions.get(arn, {"status": "RUNNING"})

    def end_execution(self, arn: str, status: str, outcome: str | None = None) -> None:
        """Let an execution end, one that SUCCEEDED with an outcome."""
        self._executions[arn] = {"status": status, "output": json.dumps({"Outcome": outcome})}

    # What tests do and see beside the port.

    @property
    def calls(self) -> list[str]:
        """Return the operations asked for, in order."""
        return self.faults.calls

    @property
    def changes(self) -> list[str]:
        """Return the operations asked for that are meant to change something."""
        return [call for call in self.calls if not call.startswith(("describe", "list", "tags", "tagged"))]

    def names(self, kind: str) -> list[str]:
        """Return the names of what exists of a kind: `model`, `endpoint-config`, `endpoint`."""
        return [arn.rpartition("/")[2] for arn in self._resources if f":{kind}/" in arn]

    def force_status(self, endpoint_name: str, status: str) -> None:
        """Put an endpoint into a status, as maintenance would."""
        self._resources[_arn("endpoint", endpoint_name)]["EndpointStatus"] = status

    def fail_next(self, reason: str) -> None:
        """Let the next creation or update end badly in `settle`."""
        self._fails = reason

    def settle(self) -> None:
        """Finish what is under way: InService, Failed or rolled back, or gone."""
        for arn, endpoint in list(self._resources.items()):
            status = endpoint.get("EndpointStatus")
            if status == "Deleting":
                del self._resources[arn], self._tags[arn]
            elif status in ("Creating", "Updating"):
                self._finish(endpoint)

    def _finish(self, endpoint: dict[str, Any]) -> None:
        reason, self._fails = self._fails, None
        pending = endpoint.pop("PendingDeploymentSummary", None)
        endpoint |= {"EndpointStatus": "InService", "LastModifiedTime": self.now}
        if reason:
            endpoint["FailureReason"] = reason
            endpoint["EndpointStatus"] = "InService" if pending else "Failed"
        elif pending:
            endpoint["EndpointConfigName"] = pending["EndpointConfigName"]

    def _create(self, kind: str, name_field: str, request: Request, tags: Tags) -> str:
        self._refuse_existing(kind, request[name_field])
        arn = _arn(kind, request[name_field])
        about = {name_field.replace("Name", "Arn"): arn, "CreationTime": self.now}
        self._resources[arn] = deepcopy(dict(request)) | about
        self._tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        return arn

    def _find(self, kind: str, name: str) -> dict[str, Any]:
        arn = _arn(kind, name)
        if arn not in self._resources:
            raise NotFound(f'Could not find {NOUNS[kind]} "{arn}".')
        return deepcopy(self._resources[arn])

    def _delete(self, kind: str, name: str) -> None:
        self._find(kind, name)
        del self._resources[_arn(kind, name)], self._tags[_arn(kind, name)]

    def _refuse_existing(self, kind: str, name: str) -> None:
        # CreateEndpoint compares names without regard to case (API reference).
        if _arn(kind, name) in self._resources or (
            kind == "endpoint" and name.lower() in {other.lower() for other in self.names(kind)}
        ):
            raise AlreadyExists(f'Cannot create already existing {NOUNS[kind]} "{_arn(kind, name)}".')

    def _refuse_busy(self, endpoint: dict[str, Any]) -> None:
        if endpoint["EndpointStatus"] in BUSY:
            raise EndpointBusy(f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".')

    def _refuse_in_use(self, kind: str, name: str, used: set[str]) -> None:
        if self.refuses_in_use and name in used:
            raise AwsRefused(f'Cannot delete {NOUNS[kind]} "{_arn(kind, name)}" while it is in use.')

    def _configs_of_live_endpoints(self) -> set[str]:
        live = [one for one in self._resources.values() if one.get("EndpointStatus", "Failed") not in NOT_LIVE]
        pending = [one["PendingDeploymentSummary"] for one in live if "PendingDeploymentSummary" in one]
        return {one["EndpointConfigName"] for one in [*live, *pending]}

    def _models_of_live_endpoints(self) -> set[str]:
        names = self._configs_of_live_endpoints() & set(self.names("endpoint-config"))
        configs = [self._find("endpoint-config", name) for name in names]
        return {model for config in configs for model in models_of(config)}


def _listed(one: dict[str, Any]) -> ListedEndpoint:
    modified = one.get("LastModifiedTime", one["CreationTime"])
    return ListedEndpoint(one["EndpointName"], one["EndpointArn"], one["EndpointStatus"], one["CreationTime"], modified)


def _arn(kind: str, name: str) -> str:
    return f"{ACCOUNT}:{kind}/{name}"
