"""What random worlds find: faults put into the product, one at a time, each violates an invariant in a named world.

A fault is a text of a function, or of the workflow's definition, that is replaced. `world` is one that reports it.
After a change of the worlds, and for the faults without a number, the first 50 are searched, which takes minutes:
`SLIPWAY_WORLDS=50 pytest -s -n0 --timeout=0 tests/workflow/test_random_worlds_find_faults.py`.

The first 50 worlds have no model that two configurations have while nothing serves with it, and no deployment that ends
while its update goes on: `test_remove_failed_deployment.py` and `test_remove_old_versions.py` (unit tests) prove that
these stay. That the previous version is restored after a failed smoke test is proved by the fault matrix.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from textwrap import dedent
from typing import Any

import pytest

from tests.workflow.deployed_stack import workflow
from tests.workflow.test_random_worlds import play
from tests.workflow.worlds import MakeWorld

WORLDS = int(os.environ.get("SLIPWAY_WORLDS", "0"))
WORKFLOW = "workflow"
FAILED = "slipway.failure.remove_failed_deployment"
RESTORE = "slipway.failure.restore_previous_config"
OTHER = "slipway.failure.other_config"
IN_USE = "slipway.versions.in_use:ResourcesInUse"
REMOVAL = "slipway.versions.removal:VersionRemoval"
OLD = "slipway.versions.remove_old_versions:RemoveOldVersions"


@dataclass(frozen=True)
class Fault:
    """In words; where (`module:function`), the text, what takes its place, and a world that reports it."""

    words: str
    where: str
    text: str
    replacement: str
    world: int | None


FAULTS = (
    # Newest wins.
    Fault(
        "an older deployment overwrites a newer one",
        "slipway.hosting.newer_deployment:is_newer_in_place", "return any(", "return False and any(", 3,
    ),
    Fault(
        "an older deployment is not superseded by a newer one that puts the previous configuration back",
        f"{OTHER}:_put_back", "if change.has_served:", "if False:", 310735,
    ),
    Fault(
        "an older deployment creates an endpoint that was deleted after a newer one had served",
        "slipway.hosting.create_endpoint:_create", "if last and", "if False and", 124496,
    ),
    Fault(
        "what is requested again is not marked so",
        "slipway.hosting.refresh_requested_at:refresh_requested_at",
        "if ENDPOINT in found", "if ENDPOINT not in found", 1,
    ),
    Fault(
        "an update of another deployment to the same configuration is taken for its own",
        "slipway.hosting.create_endpoint:_is_ours",
        'tags.get(UPDATED_BY) == deployment.execution["Id"] and ', "", 0,
    ),
    Fault(
        "a Failed endpoint is deleted before its maker has seen why",
        "slipway.hosting.create_endpoint:_clear_away", "if _is_recent(endpoint) and ", "if False and ", 360142,
    ),
    Fault("nothing is created again", WORKFLOW, "$recreations < 3", "$recreations < 0", 3),
    Fault(
        "the result of an older upload overwrites that of a newer one",
        "slipway.outcomes.result_file:_stays", "return _requested(ours)", "return '' > ''", 5,
    ),
    # Names of outcomes.
    Fault(
        "what the old content overtakes is called rolled back",
        f"{OTHER}:_is_older_in_place", "return False", "return True", 10,
    ),
    Fault(
        "what an older deployment follows is called superseded",
        f"{OTHER}:_is_older_in_place", "return is_replaced or", "return is_replaced and", 29,
    ),
    Fault(
        "another stack's endpoint is taken over",
        "slipway.hosting.adoption:check_adoption", "== settings.stack_name", "is not None", 10,
    ),
    # What a failed deployment removes.
    Fault("the owner is not asked", f"{FAILED}:_may_go", "return is_ours and (", "return (", 1),
    Fault(
        "the creator is not asked",
        f"{FAILED}:_may_go", "return is_ours and (", "return is_ours or (", 1,
    ),
    Fault(
        "a version that once served is removed",
        f"{FAILED}:_remove_config_and_models", "IN_SERVICE_AT not in tags and ", "", 46,
    ),
    Fault(
        "an announced endpoint is removed",
        f"{FAILED}:_is_to_go", "or not _is_announced(deployment, made, aws)", "or True", 35,
    ),
    Fault(
        "what persons' endpoints use is not read",
        f"{FAILED}:_version_removal", "in_use.read(", "str(", 70200,
    ),
    Fault(
        "nothing is removed",
        f"{REMOVAL}.remove", "retry(lambda: sagemaker.delete_endpoint_config(name))", "pass", 2,
    ),
    Fault(
        "the previous version is restored over a newer deployment of the same content",
        f"{RESTORE}:_end_of_newer", "if not is_newer(tags", "if tags or not is_newer(tags", 200033,
    ),
    Fault(
        "what failed its test stays because a newer deployment of the same content that failed had requested it",
        f"{RESTORE}:_end_of_newer", "end in FAILED and is_announced", "end in FAILED", None,
    ),
    Fault("scaling is not restored", WORKFLOW, "$exists($endpoint.EndedScaling)", "false", 37),
    # What old versions, and idle cleanup, remove.
    Fault(
        "a used configuration is removed",
        f"{IN_USE}.has_config", "name.lower() in self._configs", "False", 34,
    ),
    Fault(
        "a used model is removed",
        f"{IN_USE}.uses_model", "name.lower() in self._models", "False", 10,
    ),
    Fault(
        "the archive of a used model is removed",
        f"{REMOVAL}.remove_model", "return\n", "raise NotFound\n", 3,
    ),
    Fault(
        "archives stay without their models",
        f"{REMOVAL}.remove_model", "retry(partial(self.aws.archives.delete, key))", "pass", 1,
    ),
    Fault(
        "what a newer deployment waits with is removed",
        f"{OLD}._is_ours", "and not is_newer", "and not (lambda *_: 0)", 33,
    ),
    Fault(
        "one version too few is kept",
        f"{OLD}._old", "keep_versions - 1", "keep_versions - 2", 1,
    ),
    Fault(
        "what a stopped execution left stays",
        f"{OLD}._is_left", "in FAILED", "in ()", 4,
    ),
    Fault(
        "idle cleanup keeps no version",
        "slipway.cleanup.unused:_candidates", "Retention(run.settings.keep_versions", "Retention(0", 23,
    ),
)  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if WORLDS or fault.world is not None], ids=lambda fault: fault.words
)
def test_a_world_shows_the_fault(new_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    if fault.where == WORKFLOW:
        _put_into_workflow(monkeypatch, fault)
    else:
        _put_into_function(monkeypatch, fault)
    worlds = [*([] if fault.world is None else [fault.world]), *range(WORLDS)]
    found = next((seed for seed in worlds if (story := play(new_world, seed)).violations), None)
    sys.stdout.write(f"{fault.words}: {found}: {sorted(set(story.violations))[:2]}\n")

    assert found is not None


def _put_into_workflow(patch: pytest.MonkeyPatch, fault: Fault) -> None:
    definition = json.dumps(workflow())
    assert definition.count(fault.text) == 1
    changed = json.loads(definition.replace(fault.text, fault.replacement))
    transforms = workflow("TransformBatch")
    patch.setattr(
        "tests.workflow.world.workflow", {"DeployEndpoint": changed, "TransformBatch": transforms}.__getitem__
    )


def _put_into_function(patch: pytest.MonkeyPatch, fault: Fault) -> None:
    module, _, name = fault.where.partition(":")
    function = reduce(getattr, name.split("."), import_module(module))
    source = dedent(inspect.getsource(function))
    assert source.count(fault.text) == 1
    found: dict[str, Any] = {}
    changed = f"from __future__ import annotations\n{source.replace(fault.text, fault.replacement)}"
    exec(compile(changed, fault.where, "exec"), function.__globals__, found)
    patch.setattr(function, "__code__", found[function.__name__].__code__)
