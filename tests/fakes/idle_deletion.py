"""An account in memory whose idle endpoints can be deleted, and where deletions are announced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from slipway.aws.retry import Page
from slipway.aws.sagemaker import Tags
from slipway.aws.tag_index import Tagged
from slipway.cleanup.run import CleanupAws, CleanupRun, Clock
from slipway.deployment.resource_names import kind_of
from slipway.deployment.settings import Settings
from slipway.errors import EndpointBusy, NotFound
from slipway.prices import load_prices
from tests.fakes.faults import Faults
from tests.fakes.idle_account import OURS, FakeEndpoint, FakeIdleAccount
from tests.fakes.scaling import FakeScaling
from tests.fakes.services import SETTINGS
from tests.fakes.storage import FakeStorage


class FakeConfigs:
    """The tags of configurations, by ARN, as SageMaker and as the tagging index have them."""

    def __init__(self, faults: Faults) -> None:
        self.tags: dict[str, dict[str, str]] = {}
        self.faults = faults

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        with self.faults.call("tagged_configs"):
            found = [(arn, dict(tags)) for arn, tags in self.tags.items() if kind_of(arn) in kinds]
            return Page([(arn, tags) for arn, tags in found if key in tags and value in (None, tags[key])], "")

    def tags_of(self, arns: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """See `TagIndex`."""
        with self.faults.call("tags_of"):
            return {arn: dict(self.tags[arn]) for arn in arns if arn in self.tags}

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        with self.faults.call("tag_all"):
            for arn in arns:
                self.tags[arn] |= tags


class FakeIndex:
    """The tags of endpoints and of configurations."""

    def __init__(self, account: FakeIdleAccount, configs: FakeConfigs) -> None:
        self._account = account
        self._configs = configs

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        """See `TagIndex`."""
        if kinds == ("endpoint",):
            return self._account.tagged(kinds, key, value, token)
        return self._configs.tagged(kinds, key, value, token)

    def tags_of(self, arns: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """See `TagIndex`."""
        return self._configs.tags_of(arns)

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """See `TagIndex`."""
        self._configs.tag_all(arns, tags)


class FakeAnnouncements:
    """Records what is announced."""

    def __init__(self, faults: Faults) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.notifications: list[tuple[str, str]] = []
        self.faults = faults

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        with self.faults.call("put_events"):
            assert detail_type == "Idle Endpoint Deleted"
            self.events += details

    def notify(self, subject: str, text: str) -> None:
        with self.faults.call("notify"):
            self.notifications.append((subject, text))


class FakePosition:
    """Keeps a name."""

    def __init__(self) -> None:
        self.name = ""

    def read(self) -> str:
        return self.name

    def write(self, name: str) -> None:
        self.name = name


class FakeIdleStack(FakeIdleAccount):
    """Every endpoint has a configuration of one ml.m5.large; `busy` are endpoints that cannot be deleted."""

    def __init__(self, *endpoints: FakeEndpoint, page_size: int = 2) -> None:
        super().__init__(*endpoints, page_size=page_size)
        self.configs = FakeConfigs(self.faults)
        self.announcements = FakeAnnouncements(self.faults)
        self.position = FakePosition()
        self.scaling = FakeScaling()
        self.busy: set[str] = set()
        self.deleted_alarms: list[str] = []
        for endpoint in endpoints:
            self.configs.tags[self.config_arn(endpoint.name)] = {**OURS, "slipway:instance-type": "ml.m5.large"}

    def config_arn(self, endpoint_name: str) -> str:
        """Return the ARN of an endpoint's configuration, as SageMaker writes it."""
        return f"arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/{endpoint_name.lower()}-0f1e2d3c4b5a"

    def run_of(self, settings: Settings) -> Callable[[Callable[[], float]], CleanupRun]:
        """Return what `Services.cleanup_run` is."""
        return lambda seconds_left: self.run(settings, seconds_left)

    def run(self, settings: Settings = SETTINGS, seconds_left: Callable[[], float] = lambda: 900.0) -> CleanupRun:
        """Return a run at this account's time."""
        clock = Clock(lambda: self.now, seconds_left, lambda seconds: None, lambda longest: 0.0)
        return CleanupRun(self.aws(), clock, settings)

    def aws(self) -> CleanupAws:
        """Return what a run calls."""
        return CleanupAws(
            sagemaker=self,  # type: ignore[arg-type]  # as much of it as a run calls
            scaling=self.scaling,
            listing=self,
            cloudwatch=self,
            position=self.position,
            index=FakeIndex(self, self.configs),
            announcements=self.announcements,
            archives=FakeStorage(),
            prices=load_prices(),
            delete_alarms=self.deleted_alarms.extend,
        )

    # SageMaker.

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self.configs.tags[arn]) if arn in self.configs.tags else super().tags(arn)

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        with self.faults.call("add_tags"):
            if arn not in self.configs.tags:
                raise NotFound(f'Could not find resource "{arn}".')
            self.configs.tags[arn] |= {tag["Key"]: tag["Value"] for tag in tags}
            return dict(self.configs.tags[arn])

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        with self.faults.call("delete_tags"):
            for key in keys:
                self.configs.tags[arn].pop(key, None)

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        with self.faults.call("describe_endpoint_config"):
            arn = self.config_arn(name.removesuffix("-0f1e2d3c4b5a"))
            if arn not in self.configs.tags:
                raise NotFound(f'Could not find endpoint configuration "{arn}".')
            variant = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large"}
            return {"EndpointConfigName": name, "EndpointConfigArn": arn, "ProductionVariants": [variant]}

    def delete_endpoint(self, name: str) -> None:
        with self.faults.call("delete_endpoint"):
            if name in self.busy:
                raise EndpointBusy(f'Cannot update in-progress endpoint "{name}".')
            del self.endpoints_by_name[name]
