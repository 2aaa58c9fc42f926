"""Whatever an execution, an upload, a side file or the command line is given ends as a plan or by a name of ours."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slipway.errors import InputRefused, SlipwayError
from slipway.failure import failure_rules
from slipway.planning.plan_deployment import plan_deployment
from slipway_cli.main import main
from tests.conventions.exceptions import error_classes
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage
from tests.fuzz.material import ARCHIVE, EVENT, PAYLOAD, any_inputs, events, nested, numbers, side_file_bytes, texts
from tests.fuzz.parameters import ParameterGuard
from tests.unit.execution import execution
from tests.workflow.tasks import MAX_PAYLOAD, size_of
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

CASES = int(os.environ.get("SLIPWAY_FUZZ_CASES", "80"))
fuzzed = settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
# A failing case may be too large to be shown; what it ended with is shown then.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
SUCCESSES = {"Created", "Updated", "AlreadyDeployed", "Redeployed", "Superseded"}
EVENT_KEY = "models/my-endpoint/model.tar.gz"


class Tally:
    """What came of the cases, by name; shown at the end of the run."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node
        self.outcomes: Counter[str] = Counter()
        self.calls = 0

    def of(self, run: Callable[[], None]) -> None:
        """Run all cases of a property."""
        try:
            run()
        finally:
            self._node.add_report_section("call", "fuzz", self.table(self._node.name))

    def table(self, title: str) -> str:
        """Return the figures as lines."""
        head = f"{title}: {self.outcomes.total()} cases, {self.calls} calls of AWS"
        return "\n".join([head, *(f"{count:7} {name}" for name, count in self.outcomes.most_common())])


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Return what counts outcomes."""
    return Tally(request.node)


def ended(world: World, request: object, tally: Tally) -> str:
    """Deploy what was asked for; return how it ended, which is one of our names and one sentence."""
    if size_of(request) > MAX_PAYLOAD:
        return "(too large for StartExecution)"
    guard = ParameterGuard()
    world.guard = guard
    execution = world.deploy(request)
    tally.calls += guard.checked
    assert guard.broken == []
    if execution.status == "SUCCEEDED":
        assert execution.outcome in SUCCESSES
        return execution.outcome
    said = json.loads(execution.cause)
    assert execution.error in names_of_ours(), execution.cause[:1_000]
    assert said["Message"].isprintable(), said["Message"]
    assert len(said["Message"]) < 3_000
    return execution.error


def names_of_ours() -> set[str]:
    refusals = {name for name, kind in error_classes().items() if issubclass(kind, SlipwayError)}
    return (refusals | set(failure_rules.names())) - {"UnexpectedError", "FunctionStopped"}


@pytest.fixture
def new(new_world: MakeWorld) -> Callable[[], World]:
    """Return a maker of worlds with an archive in the bucket."""

    def make() -> World:
        world = new_world()
        world.upload(EVENT_KEY, "first")
        world.put(PAYLOAD, b"1,2,3")
        return world

    return make


def test_any_input_is_deployed_or_refused_by_name(new: Callable[[], World], tally: Tally) -> None:
    @fuzzed
    @given(any_inputs)
    def run(request: object) -> None:
        tally.outcomes[ended(new(), request, tally)] += 1

    tally.of(run)


def test_any_side_file_is_followed_or_refused_by_name(new: Callable[[], World], tally: Tally) -> None:
    @fuzzed
    @given(side_file_bytes)
    def run(content: bytes) -> None:
        world = new()
        world.put("models/my-endpoint/deployment.json", content)
        tally.outcomes[ended(world, world.upload(EVENT_KEY, "second"), tally)] += 1

    tally.of(run)


def test_any_event_is_deployed_or_refused_by_name(new: Callable[[], World], tally: Tally) -> None:
    @fuzzed
    @given(events)
    def run(event: object) -> None:
        tally.outcomes[ended(new(), event, tally)] += 1

    tally.of(run)


def test_validate_accepts_or_refuses_any_file_in_one_sentence(tmp_path: Path, tally: Tally) -> None:
    @fuzzed
    @given(side_file_bytes, st.sampled_from(("--side-file", "--input")))
    def run(content: bytes, kind: str) -> None:
        file = tmp_path / "deployment.json"
        file.write_bytes(content)
        tally.outcomes[said_by("validate", str(file), kind, "--json")] += 1

    tally.of(run)


TEXTS = ("--name", "--framework", "--framework-version", "--py-version", "--image-uri", "--instance-type", "--region")
text_flags = st.tuples(st.sampled_from(TEXTS), texts)
number_flags = st.tuples(st.sampled_from(("--instance-count", "--deadline")), numbers.map(str))
pair_flags = st.tuples(st.sampled_from(("--env", "--tag")), st.tuples(texts, texts).map("=".join))
flags = st.lists(text_flags | text_flags | number_flags | pair_flags, max_size=3)
models = st.just(ARCHIVE) | st.just(ARCHIVE) | texts


def test_deploy_accepts_or_refuses_any_flags_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    monkeypatch.chdir(tmp_path)  # where no local stack is described, so that nothing is deployed

    @fuzzed
    @given(flags, models)
    def run(given_flags: list[tuple[str, str]], model: str) -> None:
        words = [word for flag in given_flags for word in flag]
        tally.outcomes[said_by("deploy", "--local", "--json", "--name=my-endpoint", *words, "--", model)] += 1

    tally.of(run)


def said_by(*arguments: str) -> str:
    """Return the error's name, or that the words were accepted or mistyped; a traceback is a bug."""
    result = CliRunner().invoke(main, arguments, env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None})
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    if result.exit_code in (0, 2):
        return {0: "accepted", 2: "usage error"}[result.exit_code]
    assert result.exit_code in (1, 3)
    return str(json.loads(result.output)["Error"])


@pytest.mark.parametrize("depth", [900, 2_000, 100_000])
@pytest.mark.parametrize("kind", ["list", "object"])
def test_an_input_nested_deeper_than_the_recursion_limit_is_refused(depth: int, kind: str) -> None:
    deep = nested(depth, kind)
    event = {**EVENT, "detail": deep}
    for request in (deep, event, {"EndpointName": deep}, {"EndpointName": "e", "Environment": {"A": deep}}):
        with pytest.raises(InputRefused):
            plan_deployment(request, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)


@pytest.mark.parametrize("character", ["x", "é", "𝄞", "\\"])
def test_the_largest_input_that_step_functions_takes_is_refused_by_name(
    new: Callable[[], World], tally: Tally, character: str
) -> None:
    request = {"EndpointName": "my-endpoint", "Environment": {"A": ""}}
    room = MAX_PAYLOAD - size_of(request)
    request["Environment"] = {"A": character * (room // (size_of(character) - 2))}

    assert ended(new(), request, tally) == "InputNotAnObject"
