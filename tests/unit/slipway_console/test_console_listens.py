"""The console listens on 127.0.0.1 and nowhere else."""

from __future__ import annotations

import psutil
import pytest

from slipway_console.server import PortTaken, listen, serve


def listening() -> set[tuple[str, int]]:
    found = psutil.Process().net_connections(kind="inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


def test_its_server_listens_on_loopback_and_nowhere_else() -> None:
    before, listener = listening(), listen(0)
    here = ("127.0.0.1", listener.getsockname()[1])
    server = serve(lambda environ, start_response: [b""], listener, lambda request: True)

    opened = listening() - before

    server.close()
    assert opened == {here}


def test_a_port_that_is_taken_is_named() -> None:
    with listen(0) as taken:
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match=str(port)):
            listen(port).close()
