"""The oracle of random worlds for each deletion that an execution or idle cleanup requests.

It uses nothing of the product: it reads SageMaker's own tables at that moment, the requests so far, and which
executions have created or tagged what (UpdateEndpoint apart, every use of a configuration by a deployment begins so).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest

from tests.workflow.faults import Call
from tests.workflow.inventory import used_configs
from tests.workflow.random_worlds import SUCCESSES, Asked, Story
from tests.workflow.world import World

REQUESTS = {"CreateModel": "ModelName", "CreateEndpointConfig": "EndpointConfigName", "AddTags": "ResourceArn"}


class Deletions:
    """A world's witness: `violations` are in words."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story
        self._requested: dict[str, set[str]] = defaultdict(set)  # executions, by what they have created or tagged

    def __call__(self, call: Call, request: AWSPreparedRequest) -> None:
        """Look at a request before it is answered."""
        if call.name == "s3:DeleteObject":
            self._story.violations += self._of_archive(unquote(urlsplit(request.url).path[1:]), call.execution)
        elif call.service == "sagemaker" and call.operation in REQUESTS:
            name = json.loads(request.body)[REQUESTS[call.operation]].rpartition("/")[2]
            self._requested[name].add(call.execution)
        elif call.service == "sagemaker" and call.operation.startswith("Delete"):
            ((_, name),) = json.loads(request.body).items()
            check = {"DeleteEndpoint": self._of_endpoint, "DeleteEndpointConfig": self._of_config}
            found = check.get(call.operation, self._of_model)(name, call.execution)
            self._story.violations += [f"{call.execution} deletes {name}, {why}" for why in found]

    def _of_endpoint(self, name: str, execution: str) -> Iterator[str]:
        if self._world.there().endpoints.get(name, ("",))[0] != "InService":
            return
        created = self._world.sagemaker.call("DescribeEndpoint", {"EndpointName": name})["CreationTime"]
        for one in self._succeeded(name):
            assert one.execution.ended is not None
            if one.execution.ended.timestamp() > created:
                yield f"which {one.execution.name} has announced"

    def _of_config(self, name: str, execution: str) -> Iterator[str]:
        for endpoint, configs in used_configs(self._world.sagemaker).items():
            if name in configs:
                yield f"which {endpoint} uses"
        if self._is_kept(name):
            yield "which is one of the versions to keep"
        yield from self._relied_on(name, execution)

    def _of_model(self, name: str, execution: str) -> Iterator[str]:
        there, used = self._world.there(), used_configs(self._world.sagemaker)
        if name not in there.models:
            return
        for endpoint, configs in used.items():
            if any(name in there.configs.get(config, ()) for config in configs):
                yield f"which {endpoint} uses"
        for config, models in there.configs.items():
            if name in models and self._is_kept(config):
                yield f"which {config} has, one of the versions to keep"
            if name in models:
                yield from (f"which {config} has, {why}" for why in self._relied_on(config, execution))
        yield from self._relied_on(name, execution)

    def _of_archive(self, key: str, execution: str) -> Iterator[str]:
        if key.startswith("deployed/") and key.split("/")[1] in self._world.there().models:
            yield f"{execution} deletes {key}, whose model is there"

    def _is_kept(self, config: str) -> bool:
        """Say whether fewer than KeepVersions others of its endpoint were announced, or serve, since it was."""
        first = self._story.announced().get(config)
        if first is None or config in self._story.removed:  # one that a person removed, and a deployment created again
            return False
        named = [one.execution.output["EndpointConfigName"] for one in self._succeeded(first.endpoint)]
        serving = self._world.there().endpoints.get(first.endpoint, ("", config))[1]
        since = {*named[len(named) - named[::-1].index(config) :], serving} if config in named else {serving}
        return len(since - {config}) < self._story.keep_versions

    def _succeeded(self, endpoint: str) -> list[Asked]:
        found = [one for one in self._story.of(endpoint) if one.execution.outcome in SUCCESSES]
        return sorted(found, key=lambda one: str(one.execution.ended))

    def _relied_on(self, name: str, execution: str) -> Iterator[str]:
        """Yield which running deployment has requested it last, later than the one that deletes it was requested.

        What an earlier one waits with may go with the last one's failure: it is created again if its turn comes. So is
        one that a person removed and an earlier one created again: the last one may not have looked since.
        """
        if name in self._story.removed:
            return
        number = {one.execution.name: one.number for one in self._story.asked}.get(execution, -1)
        requests = [one for one in self._story.asked if one.execution.name in self._requested[name]]
        last = max(requests, key=lambda one: one.number, default=None)
        if last and last.execution.status == "RUNNING" and last.number > number:
            yield f"which {last.execution.name} has requested last, and waits with"
