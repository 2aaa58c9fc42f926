from __future__ import annotations

from slipway_local.engine.settings import EngineSettings


def test_ministack_binds_loopback_and_opens_no_other_port() -> None:
    environment = EngineSettings(port=4567).environment()

    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["GATEWAY_PORT"] == "4567"
    assert environment["IOT_MTLS_ENABLED"] == environment["SFTP_ENABLED"] == "0"


def test_region_and_scale_reach_ministack_and_our_clients() -> None:
    environment = EngineSettings(port=4567, region="eu-west-1", clock_scale=0.01).environment()

    assert environment["MINISTACK_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["SFN_WAIT_SCALE"] == "0.01"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4567"


def test_an_environment_has_only_text() -> None:
    assert all(isinstance(value, str) for value in EngineSettings(port=1).environment().values())
