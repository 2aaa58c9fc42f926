"""The stack is found when it is needed; the server listens on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from slipway_cli.main import main
from slipway_cli.sdk.errors import StackNotFound
from slipway_console.connection import SERVICES, Connection
from slipway_console.server import HOST, PortTaken, listen
from tests.unit.slipway_console.console import Target


def test_the_target_is_found_once_and_has_all_its_clients() -> None:
    targets: list[Any] = [Target(), Target()]
    connection = Connection(targets.pop)

    found = connection.target()

    assert connection.target() is found
    assert isinstance(found, Target)
    assert found.asked == list(SERVICES)


def test_what_was_lost_is_found_anew() -> None:
    targets: list[Any] = [Target(), Target()]
    connection = Connection(targets.pop)
    first = connection.target()

    connection.forget()

    assert connection.target() is not first


def test_what_could_not_be_found_is_looked_for_again() -> None:
    target = Target()
    answers: list[Callable[[], Any]] = [lambda: target, _missing]

    def find() -> Any:
        return answers.pop()()

    connection = Connection(find)
    with pytest.raises(StackNotFound):
        connection.target()

    found: Any = connection.target()
    assert found is target


def _missing() -> Any:
    raise StackNotFound("There is no stack.")


def test_only_this_machine_is_listened_to() -> None:
    with listen(0) as listener:
        assert listener.family is socket.AF_INET
        assert listener.getsockname()[0] == HOST == "127.0.0.1"


def test_a_taken_port_is_one_line_that_names_another() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"--port {port + 1}"):
            listen(port)

        result = CliRunner().invoke(main, ["console", "--no-browser", "--port", str(port)])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: Port {port} of 127.0.0.1 is taken")
