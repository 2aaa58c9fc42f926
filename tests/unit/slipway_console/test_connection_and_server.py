"""The stack is found when it is needed; the server listens on this machine alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from slipway_cli.main import main
from slipway_cli.sdk.errors import StackNotFound
from slipway_console.connection import SERVICES, Connection
from slipway_console.server import HOST, PortTaken, listen, serve
from tests.unit.slipway_console.console import Target


def test_the_target_is_found_once_with_all_its_clients_and_again_after_it_was_lost() -> None:
    targets: list[Any] = [Target(), Target()]
    connection = Connection(targets.pop)

    found = connection.target()

    assert connection.target() is found
    assert isinstance(found, Target)
    assert found.asked == list(SERVICES)
    connection.reset()
    assert connection.target() is not found


def test_a_stack_that_was_not_found_is_searched_for_again() -> None:
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


def test_a_taken_port_is_one_line_that_names_another() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"--port {port + 1}"):
            listen(port)

        result = CliRunner().invoke(main, ["console", "--no-browser", "--port", str(port)])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: Port {port} of 127.0.0.1 is in use")


def listening() -> set[tuple[str, int]]:
    found = psutil.Process().net_connections(kind="inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


def test_the_server_listens_on_loopback_only() -> None:
    before, listener = listening(), listen(0)
    here = ("127.0.0.1", listener.getsockname()[1])
    server = serve(lambda environ, start_response: [b""], listener, lambda request: True)

    opened = listening() - before

    server.close()
    assert opened == {here}
