"""How long a container is waited for, without waiting."""

from __future__ import annotations

from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, cast

import pytest

from slipway_local.hosting.hosted import HostedProcess
from slipway_local.hosting.process import ContainerProcess
from slipway_local.ports import Invocation


class Silent:
    """A connection whose other end says nothing: its time is up at once, whatever it is."""

    def __init__(self, error: Exception) -> None:
        self.asked: list[tuple[str, str, float]] = []
        self._error = error
        self._timeout = 0.0

    def to(self, host: str, port: int, *, timeout: float) -> HTTPConnection:
        assert (host, port) == ("127.0.0.1", 8080)
        self._timeout = timeout
        return cast("HTTPConnection", self)

    def request(self, method: str, path: str, *_content: Any) -> None:
        self.asked.append((method, path, self._timeout))

    def getresponse(self) -> Any:
        raise self._error

    def close(self) -> None: ...


def hosted(silent: Silent) -> HostedProcess:
    return HostedProcess(cast("ContainerProcess", None), 8080, silent.to)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), RemoteDisconnected("closed")])
def test_a_ping_that_is_not_answered_within_two_seconds_is_not_good(error: Exception) -> None:
    silent = Silent(error)

    assert not hosted(silent).ping()
    assert silent.asked == [("GET", "/ping", 2.0)]


def test_an_invocation_is_waited_for_sixty_seconds() -> None:
    silent = Silent(TimeoutError())

    with pytest.raises(TimeoutError):
        hosted(silent).invoke(Invocation(b"1", "text/csv"))
    assert silent.asked == [("POST", "/invocations", 60.0)]
