"""`slipway idle`: what it shows, asks, deletes, and prints as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench.simulated_account import kind_of, name
from click.testing import CliRunner, Result
from tests.unit.slipway_cli.sdk.idle_account import IdleAccount

from slipway_cli.commands import idle
from slipway_cli.main import main

SIZE = 100
IDLE = sorted(name(number) for number in range(SIZE) if kind_of(number) == "idle")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> IdleAccount:
    account = IdleAccount(SIZE)
    monkeypatch.setattr(idle, "find_target", lambda choice: account.target)
    return account


def slipway_idle(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(main, ["idle", *arguments], input=said)


def row(result: Result, kind: str) -> list[str]:
    number = next(number for number in range(SIZE) if kind_of(number) == kind)
    [line] = [line for line in result.stdout.splitlines() if line.startswith(name(number))]
    return line.split()


def test_a_dry_run_shows_every_endpoint_and_touches_none(account: IdleAccount) -> None:
    result = slipway_idle("--dry-run")

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1 + SIZE
    assert row(result, "idle")[1:6] == ["Idle", "over", "3", "h", "0.230"]
    assert row(result, "idle")[6] == "168"
    assert row(result, "used")[1] == "Active"
    assert row(result, "protected")[1:5] == ["Protected", "-", "0.230", "168"]
    assert row(result, "two variants")[4] == "0.460"
    assert row(result, "serverless")[1:5] == ["Serverless", "-", "-", "-"]
    assert "5 Idle" in result.stderr
    assert "Estimates by prices of us-east-1, " in result.stderr
    assert account.deleted == set()


def test_nothing_is_deleted_without_a_yes(account: IdleAccount) -> None:
    result = slipway_idle(said="n\n")

    assert result.exit_code == 1
    assert "Delete 5 idle endpoints, which cost about $1.15 an hour? [y/N]" in result.stderr
    assert account.deleted == set()


@pytest.mark.parametrize(("arguments", "said"), [((), "y\n"), (("--yes",), "")])
def test_what_is_idle_is_deleted_announced_and_can_be_woken(
    account: IdleAccount, arguments: tuple[str, ...], said: str
) -> None:
    result = slipway_idle(*arguments, said=said)

    assert result.exit_code == 0
    assert sorted(account.deleted) == IDLE
    assert f"deleted {IDLE[0]}; bring it back with: slipway wake {IDLE[0]}\n" in result.stdout
    assert sorted(json.loads(detail)["EndpointName"] for detail in account.announced) == IDLE


def test_json_has_the_judgements_and_what_was_done(account: IdleAccount) -> None:
    result = slipway_idle("--json", "--yes")

    found: dict[str, Any] = json.loads(result.stdout)
    assessed = {one["EndpointName"]: one for one in found["Endpoints"]}
    assert len(assessed) == SIZE
    assert assessed[IDLE[0]]["Verdict"] == "Idle"
    assert assessed[IDLE[0]]["IdleSinceOrEarlier"] is True
    assert (assessed[IDLE[0]]["EstimatedCostPerHour"], assessed[IDLE[0]]["EstimatedCostPerMonth"]) == (0.23, 167.9)
    assert (found["IdleAfterMinutes"], found["Left"], found["Stopped"]) == (120, [], "")
    assert [one["EndpointName"] for one in found["Deleted"]] == IDLE
    assert set(found["Deleted"][0]["WakeInput"]) == {"EndpointName", "EndpointConfigName"}


def test_the_window_may_be_another(account: IdleAccount) -> None:
    # The simulated endpoints are five weeks old, and young ones five minutes.
    found = json.loads(slipway_idle("--dry-run", "--json", "--after", "20").stdout)

    assert found["IdleAfterMinutes"] == 20
    young = next(one for one in found["Endpoints"] if one["Verdict"] == "TooYoung")
    assert young["Reason"].endswith("within its window of 20 minutes")


@pytest.mark.parametrize("minutes", ["0", "19", "43201", "two hours"])
def test_a_window_that_cannot_be_is_mistyped(account: IdleAccount, minutes: str) -> None:
    assert slipway_idle("--after", minutes).exit_code == 2


def test_prices_of_ones_own_are_used_and_shown(account: IdleAccount, tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('{"ml.m5.xlarge": 0.5}', encoding="utf-8")

    result = slipway_idle("--dry-run", "--prices", str(tmp_path / "prices.json"))

    assert row(result, "used")[4:6] == ["0.500", "365"]
    assert "and the prices that were given." in result.stderr


def test_the_stack_s_own_prices_are_used(account: IdleAccount) -> None:
    account.parameters["HostingPrices"] = '{"ml.m5.xlarge": 1}'

    assert row(slipway_idle("--dry-run"), "used")[4] == "1.000"


def test_an_endpoint_that_cannot_be_deleted_is_left_and_shown(account: IdleAccount) -> None:
    account.refuses["DeleteEndpoint"] = "User is not authorized."

    result = slipway_idle("--yes")

    assert result.exit_code == 1
    assert f"left {IDLE[0]}: User is not authorized." in result.stdout
    assert "Error: 5 of 5 idle endpoints could not be deleted: " in result.stderr
    assert account.announced == []


def test_a_deletion_that_cannot_be_announced_is_left_to_the_next_run(account: IdleAccount) -> None:
    account.refuses["PutEvents"] = "User is not authorized."

    result = slipway_idle("--yes")

    assert result.exit_code == 0
    assert sorted(account.deleted) == IDLE
    assert "Not announced: User is not authorized. The next run of idle cleanup does it.\n" in result.stderr


def test_what_has_changed_since_it_was_shown_is_left(account: IdleAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an endpoint that is deleted while the question is shown
    def deleted_meanwhile(*_: object, **__: object) -> None:
        account.deleted.add(IDLE[0])

    monkeypatch.setattr("click.confirm", deleted_meanwhile)

    result = slipway_idle()

    assert result.exit_code == 0
    assert f"left {IDLE[0]}: Gone: it was deleted since the survey" in result.stdout
    assert len(account.announced) == len(IDLE) - 1


def test_what_was_woken_after_the_recheck_is_left(account: IdleAccount) -> None:
    account.woken.add(IDLE[0])

    result = slipway_idle("--yes")

    assert result.exit_code == 0
    assert f"left {IDLE[0]}: Changed: it was created again or changed since the recheck." in result.stdout
    assert sorted(account.deleted) == IDLE[1:]


def test_a_listing_that_fails_is_an_error_after_what_was_found(account: IdleAccount) -> None:
    account.refuses["ListEndpoints"] = "User is not authorized."

    result = slipway_idle("--dry-run")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: Not all endpoints were assessed: A listing failed: User is not authorized. Try again."
    )


def test_an_empty_stack_is_reported(account: IdleAccount) -> None:
    account.size = 0

    result = slipway_idle()

    assert (result.stdout, result.stderr) == ("", "There is no endpoint in scope.\n")
    assert result.exit_code == 0
