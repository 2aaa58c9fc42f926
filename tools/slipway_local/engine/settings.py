"""How the engine is set: one object, handed to the child process as arguments and to MiniStack as environment."""

from __future__ import annotations

from dataclasses import dataclass

from slipway_local.hosting.environments import PROJECT
from slipway_local.hosting.memory import DEFAULT_MIB

HOST = "127.0.0.1"
ACCOUNT_ID = "000000000000"  # MiniStack's account for credentials that are not an account number


WARM_SECONDS = 30  # that a function process is kept for the next call


@dataclass(frozen=True)
class EngineSettings:
    """`creation_seconds` is what an endpoint takes at least to be InService, by SageMaker's clock.

    `clock_scale` is real seconds for each second of SageMaker's and of the workflow's Wait states. The engine ends
    when the file descriptor `lifeline` reaches its end of file, which is when its parent is gone; -1 for none. What it
    has to say to its parent's console it writes to the file descriptor `console`; -1 for none.
    `container_memory_mib` is what a container may fill, in MiB. `iam` is "enforced", where every call is evaluated by
    the policies of its caller's role, or "off"; the credentials test/test are the account's root.
    `schedule_scale` is real seconds for each second of a schedule's rate. `project` is the folder whose `requirements`
    and `.tools` hold the environments of images' own.
    """

    port: int
    region: str = "us-east-1"
    creation_seconds: float = 150.0
    clock_scale: float = 0.02
    log_level: str = "ERROR"
    lifeline: int = -1
    console: int = -1
    container_memory_mib: int = DEFAULT_MIB
    iam: str = "enforced"
    schedule_scale: float = 1.0
    project: str = str(PROJECT)

    @property
    def endpoint_url(self) -> str:
        """Return the engine's own address."""
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables that MiniStack reads when it is imported, and what our own AWS clients need.

        Without IOT_MTLS_ENABLED and SFTP_ENABLED it would open further ports, the first on every interface.
        """
        return {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": self.region,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_WARM_TTL_SECONDS": str(WARM_SECONDS),
            "LOG_LEVEL": self.log_level,
            "MINISTACK_WORKER_THREADS": "256",
            "SFN_WAIT_SCALE": str(self.clock_scale),
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AUTH": str(self.iam == "enforced").lower(),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_ACCOUNT_ID": ACCOUNT_ID,
        }
