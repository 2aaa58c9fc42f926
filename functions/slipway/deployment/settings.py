"""What the stack's owner set: one typed object, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.deployment.limits import NO_LIMITS, Limits


@dataclass(frozen=True)
class Settings:
    """The parameters of the stack that functions need. An empty default means that there is none."""

    stack_name: str
    region: str
    execution_role_arn: str = ""
    default_framework: str = ""
    default_framework_version: str = ""
    default_instance_type: str = ""
    default_deadline_minutes: int = 60
    keep_versions: int = 3
    model_bucket: str = ""
    state_machine_arn: str = ""
    notification_topic_arn: str = ""
    idle_cleanup: str = "DryRun"
    idle_after_minutes: int = 1440
    min_idle_after_minutes: int = 60
    idle_scope: str = "Stack"
    max_idle_deletions_per_run: int = 20
    unused_retention_days: int = 30
    prices: str = ""
    kms_key_arn: str = ""
    adopt_endpoints: str = "Refused"
    limits: Limits = NO_LIMITS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables that template.yaml sets. Raises `KeyError` for one that every function has."""
        return cls(
            stack_name=environment["STACK_NAME"],
            region=environment["AWS_REGION"],
            execution_role_arn=environment.get("EXECUTION_ROLE_ARN", ""),
            model_bucket=environment.get("MODEL_BUCKET", ""),
            default_framework=environment.get("DEFAULT_FRAMEWORK", ""),
            default_framework_version=environment.get("DEFAULT_FRAMEWORK_VERSION", ""),
            default_instance_type=environment.get("DEFAULT_INSTANCE_TYPE", ""),
            default_deadline_minutes=int(environment.get("DEFAULT_DEADLINE_MINUTES", "60")),
            keep_versions=int(environment.get("KEEP_VERSIONS", "3")),
            state_machine_arn=environment.get("STATE_MACHINE_ARN", ""),
            notification_topic_arn=environment.get("NOTIFICATION_TOPIC_ARN", ""),
            idle_cleanup=environment.get("IDLE_CLEANUP", "DryRun"),
            idle_after_minutes=int(environment.get("IDLE_AFTER_MINUTES", "1440")),
            min_idle_after_minutes=int(environment.get("MIN_IDLE_AFTER_MINUTES", "60")),
            idle_scope=environment.get("IDLE_SCOPE", "Stack"),
            max_idle_deletions_per_run=int(environment.get("MAX_IDLE_DELETIONS_PER_RUN", "20")),
            unused_retention_days=int(environment.get("UNUSED_RETENTION_DAYS", "30")),
            prices=environment.get("PRICES", ""),
            kms_key_arn=environment.get("KMS_KEY_ARN", ""),
            adopt_endpoints=environment.get("ADOPT_ENDPOINTS", "Refused"),
            limits=Limits.from_environment(environment),
        )
