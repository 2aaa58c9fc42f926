"""The workflow of examples/promotion: production deploys the archive that passed its samples in staging, and no other.

Staging and production are two stacks of one account here, because the local SageMaker has one. GitHub's actions are not
run; its `run` steps are, with the roles of the template.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from slipway_local.stack.local_stack import ARTIFACT_BUCKET, STACK_NAME
from slipway_local.stack.sam import PARAMETERS
from tests import processes
from tests.conventions.project import read_yaml, substituted
from tests.documents.blocks import ROOT
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for

FOLDER = ROOT / "examples" / "promotion"
WORKFLOW: dict[str, Any] = read_yaml((FOLDER / "promote.yaml").read_text(encoding="utf-8"))
PRODUCTION = "production"
RELEASES = PARAMETERS["SecondModelBucket"]
INSTALLED = ("pip install",)  # the checkout's environment has it
OUTPUT = re.compile(r"\$\{\{ (?:steps|needs)\.([\w-]+)\.outputs\.(\w+) \}\}")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    ],
}


class Run:
    """A run of the workflow: each job's `run` steps with `bash -e`, as GitHub runs them, until one fails."""

    def __init__(self, folder: Path, environments: Mapping[str, Mapping[str, str]], **settings: str) -> None:
        self.folder = folder
        self._environments = environments
        self._settings = settings
        self._outputs: dict[tuple[str, str], str] = {}
        self.printed = ""

    def job(self, name: str) -> bool:
        """Run a job, and return whether it succeeded."""
        job = WORKFLOW["jobs"][name]
        environment = {**WORKFLOW["env"], **self._settings, **self._environments[job.get("environment", "")]}
        environment |= {key: self._resolved(value) for key, value in job.get("env", {}).items()}
        steps = [step for step in job["steps"] if "run" in step and not step["run"].startswith(INSTALLED)]
        if not all(self._step(step, environment) for step in steps):
            return False
        for key, value in job.get("outputs", {}).items():
            self._outputs[name, key] = self._resolved(value)
        return True

    def _step(self, step: Mapping[str, str], environment: Mapping[str, str]) -> bool:
        file = self.folder / "output"
        file.write_text("")
        done = processes.run(
            ["bash", "-e", "-c", step["run"]],
            check=False,
            cwd=self.folder,
            env=processes.project_environment(**environment, GITHUB_OUTPUT=str(file)),
        )
        self.printed += done.stdout + done.stderr
        for line in file.read_text().splitlines():
            key, _, value = line.partition("=")
            self._outputs[step["id"], key] = value
        return done.returncode == 0

    def _resolved(self, value: str) -> str:
        return OUTPUT.sub(lambda found: self._outputs[found[1], found[2]], value)


def role_environment(account: Account, role: str, values: Mapping[str, str]) -> dict[str, str]:
    """Create a role with the policy that one of registry.yaml has, assume it, and return its credentials."""
    template = read_yaml((FOLDER / "registry.yaml").read_text(encoding="utf-8"))
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    iam, name = account.client("iam"), endpoint_name(role)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    document = json.dumps(substituted(policy["PolicyDocument"], values))
    iam.put_role_policy(RoleName=name, PolicyName="promotion", PolicyDocument=document)
    session = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="promotion")["Credentials"]
    return account.environment | {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


@pytest.fixture
def production(account: Account) -> Iterator[dict[str, str]]:
    """Deploy the same template as a second stack, as production; return its outputs."""
    cloudformation, key = account.client("cloudformation"), "production.json"
    template = cloudformation.get_template(StackName=STACK_NAME, TemplateStage="Original")["TemplateBody"]
    body = template if isinstance(template, str) else json.dumps(template)
    account.s3.put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=body.encode())
    values = {"SecondModelBucket": RELEASES, "ModelPackageTrigger": "Enabled", "IdleCleanup": "Disabled"}
    cloudformation.create_stack(
        StackName=PRODUCTION,
        TemplateURL=f"{account.endpoint_url}/{ARTIFACT_BUCKET}/{key}",
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )

    def created() -> dict[str, str] | None:
        (stack,) = cloudformation.describe_stacks(StackName=PRODUCTION)["Stacks"]
        assert stack["StackStatus"] in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"), stack
        if stack["StackStatus"] == "CREATE_IN_PROGRESS":
            return None
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    yield wait_for(created)
    cloudformation.delete_stack(StackName=PRODUCTION)


@pytest.mark.full
def test_production_deploys_the_archive_that_passed_its_samples_in_staging_and_no_other(
    account: Account, production: dict[str, str], tmp_path: Path
) -> None:
    # Given a model with a sample in staging, and the side file of its group in production
    name, sagemaker = endpoint_name("fraud"), account.sagemaker
    live = f"{name}-live"
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    sample = {
        "PayloadUrl": account.upload(f"samples/{name}.json", b"[1, 2]"),
        "ContentType": "application/json",
        "Expect": {"Json": {"sum": 6, "factor": 2}},
    }
    hosting = {"Framework": "pytorch", "InstanceType": "ml.m5.large"}
    (tmp_path / "deployment.json").write_text(json.dumps({**hosting, "EndpointName": name, "SmokeTest": sample}))
    (tmp_path / "register.py").write_bytes((FOLDER / "register.py").read_bytes())
    side_file = json.dumps({"EndpointName": live, "InstanceType": "ml.m5.large"}).encode()
    account.upload(f"packages/{name}/deployment.json", side_file, production["ModelBucketName"])
    values = {
        "AWS::Partition": "aws",
        "AWS::Region": account.description.region,
        "AWS::AccountId": account.description.account_id,
        "StackName": STACK_NAME,
        "ModelBucketName": account.description.model_bucket,
        "GroupName": name,
        "ReleaseBucket.Arn": f"arn:aws:s3:::{RELEASES}",
    }
    environments = {
        "": {},
        "staging": role_environment(account, "StagingRole", values),
        "production": role_environment(account, "ApprovalRole", values),
    }
    run = Run(tmp_path, environments, ENDPOINT=name, GROUP=name, RELEASES=RELEASES, AWS_REGION="us-east-1")

    # When the workflow runs
    unpack(archives.answering(2), tmp_path / "model")
    assert run.job("validate"), run.printed
    assert run.job("staging"), run.printed

    # Then nothing is in production before the approval
    assert live not in account.made_for(live)["Endpoints"]
    assert run.job("production"), run.printed
    wait_for(lambda: is_in_service(account, live) or None)
    assert account.invoke(live, [1, 2])["sum"] == 6
    assert archive_of(account, live) == archive_of(account, name)

    # When a model that answers the sample otherwise is to follow
    before = sagemaker.describe_endpoint(EndpointName=live)
    unpack(archives.answering(3), tmp_path / "model")
    assert run.job("validate"), run.printed
    assert not run.job("staging")

    # Then staging serves what it did, and nothing is registered, so that production is as it was
    assert "SmokeTestFailed" in (tmp_path / "staging.json").read_text()
    assert account.invoke(name, [1, 2])["sum"] == 6
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]) == 1
    after = sagemaker.describe_endpoint(EndpointName=live)
    assert [after[key] for key in ("EndpointConfigName", "LastModifiedTime")] == [
        before[key] for key in ("EndpointConfigName", "LastModifiedTime")
    ]
    for endpoint in (name, live):
        account.delete(endpoint)


def unpack(content: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def is_in_service(account: Account, name: str) -> bool:
    found = account.sagemaker.list_endpoints(NameContains=name, StatusEquals="InService")["Endpoints"]
    return bool(found)


def archive_of(account: Account, name: str) -> str:
    """Return the ETag of the archive that an endpoint's model loads."""
    endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
    config = account.sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    model = account.sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
    container = model["PrimaryContainer"]
    if "ModelPackageName" in container:
        package = account.sagemaker.describe_model_package(ModelPackageName=container["ModelPackageName"])
        (container,) = package["InferenceSpecification"]["Containers"]
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri = container.get("ModelDataUrl") or source["S3Uri"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return str(account.s3.head_object(Bucket=bucket, Key=key)["ETag"])
