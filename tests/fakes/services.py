"""What handlers are given in tests: the real composition root with fakes put where it would build clients."""

from __future__ import annotations

from slipway.aws.retry import ONCE
from slipway.deployment.settings import Settings
from slipway.entrypoints.bootstrap import Services
from slipway.versions.in_use import VersionAws
from tests.fakes.account import FakeAlarms, FakeExecutionRoles, FakeFleetMetrics, FakeInstanceQuotas, FakeManagedAlarms
from tests.fakes.endpoint_logs import FakeEndpointLogs
from tests.fakes.inference_components import FakeInferenceComponents
from tests.fakes.result_files import FakeResultFiles
from tests.fakes.rollout_files import FakeRolloutFiles
from tests.fakes.runtime import FakeRuntime
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage
from tests.fakes.transform_jobs import FakeTransformJobs

SETTINGS = Settings(
    stack_name="slipway",
    region="us-east-1",
    execution_role_arn="arn:aws:iam::111122223333:role/slipway-ExecutionRole",
    model_bucket="slipway-modelbucket",
    state_machine_arn="arn:aws:states:us-east-1:111122223333:stateMachine:slipway",
    default_framework="sklearn",
    default_framework_version="1.2-1",
    default_instance_type="ml.m5.large",
    default_deadline_minutes=60,
)


class FakeServices(Services):
    """The services over fakes, which tests reach through `fake_*`."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        super().__init__(settings)
        self.fake_sagemaker = FakeSageMaker()
        self.fake_storage = FakeStorage()
        self.fake_runtime = FakeRuntime()
        self.fake_logs = FakeEndpointLogs()
        self.fake_sources = FakeSources()
        self.fake_roles = FakeExecutionRoles(settings.execution_role_arn)
        self.fake_quotas = FakeInstanceQuotas()
        self.fake_alarms = FakeAlarms()
        self.fake_managed_alarms = FakeManagedAlarms()
        self.fake_fleet_metrics = FakeFleetMetrics()
        self.fake_result_files = FakeResultFiles()
        self.transform_jobs = FakeTransformJobs()
        self.rollout_files = FakeRolloutFiles(self.fake_storage, settings.model_bucket)
        # A cached property gives way to an attribute of its name.
        self.sagemaker = self.fake_sagemaker
        self.components = FakeInferenceComponents(self.fake_sagemaker)
        self.scaling = self.fake_sagemaker.scaling
        self.describe_execution = self.fake_sagemaker.describe_execution
        self.archives = self.fake_storage
        self.model_archives = self.fake_storage
        self.read_side_file = self.fake_storage.side_file
        self.open_payload = self.fake_storage.payload
        self.invoke_endpoint = self.fake_runtime
        self.sources = self.fake_sources
        self.log_tails = self.fake_logs
        self.trust_policy_of = self.fake_roles
        self.instance_quota = self.fake_quotas
        self.alarm_states = self.fake_alarms
        self.alarms = self.fake_managed_alarms
        self.fleet_metrics = self.fake_fleet_metrics
        self.alarm_history = self.fake_managed_alarms.history
        self.result_files = self.fake_result_files
        self.versions = VersionAws(
            self.fake_sagemaker, self.fake_storage, self.fake_sagemaker, self.fake_sagemaker, ONCE
        )
