"""The workflow's own order of Lambda states: what each of them is sent follows from what the others answered."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import Any

from slipway.entrypoints.handlers import Handler, task_handler
from tests.fakes.archives import tar_gz
from tests.fakes.services import FakeServices
from tests.unit.events import ROOT, execution_input, read, transform_input

EXECUTION = {
    "Id": "arn:aws:states:us-east-1:111122223333:execution:slipway-DeployEndpoint:digits-1",
    "Name": "digits-1",
    "StartTime": "2026-11-01T12:00:00.000Z",
}
ARCHIVE = {"model.joblib": b"a model", "code/inference.py": b"def model_fn(model_dir): ...\n"}
SAMPLE: dict[str, Any] = {
    "Name": "digit.csv",
    "Bucket": "slipway-modelbucket-1a2b3c4d5e6f",
    "Key": "samples/digit.csv",
    "ContentType": "text/csv",
    "Expect": {"Regex": "^0,5,"},
}
BUCKET, KEY = "slipway-modelbucket-1a2b3c4d5e6f", "models/digits/model.tar.gz"
SINCE = "2026-11-01T12:00:05.123456+00:00"  # CreateEndpoint says when it began
FAILURE = {
    "State": "IsEndpointInService",
    "Error": "EndpointFailed",
    "Cause": "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint.",
}


def handler_of(folder: str, services: FakeServices) -> Handler:
    """Return a state's handler over fakes."""
    return task_handler(inspect.unwrap(import_module(f"{folder}.app").handler), lambda: services)


def services_with_the_archive() -> FakeServices:
    """Return fakes where the model of the events is uploaded."""
    services = FakeServices()
    services.fake_storage.make_bucket(BUCKET, versioned=True)
    services.fake_storage.put(BUCKET, KEY, tar_gz(ARCHIVE))
    services.fake_storage.put(SAMPLE["Bucket"], SAMPLE["Key"], b"0,5,13,9,1,0")
    return services


def payloads(services: FakeServices, context: Any) -> dict[str, dict[str, Any]]:
    """Run the states in order and return what each is sent, by folder name."""
    sent: dict[str, dict[str, Any]] = {}

    def run(state: str, folder: str, **fields: Any) -> Any:
        sent[folder] = {"State": state, **fields, "Execution": EXECUTION}
        return handler_of(folder, services)(sent[folder], context)

    plan = run("PlanDeployment", "plan_deployment", Input=execution_input("scikit_learn"))
    image = run("ResolveImage", "resolve_image", Plan=plan)
    artifact = run("InspectArtifact", "inspect_artifact", Plan=plan)
    model = run("CreateModel", "create_model", Plan=plan, Image=image, Artifact=artifact)
    config = run("CreateEndpointConfig", "create_endpoint_config", Plan=plan, Artifact=artifact, Model=model)
    run("CreateAlarms", "create_alarms", Plan=plan)
    about_update = {"EndpointConfig": config, "IsProven": False, "Alarms": []}
    run("CreateEndpoint", "create_endpoint", Plan=plan, Artifact=artifact, **about_update)
    of_model = {name: plan[name] for name in ("Image", "Artifact", "Model", "Variant")}
    needs = {"ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}, "CopyCount": 1}
    of_components = {**plan, "Components": [{"InferenceComponentName": "digits-1", **needs, **of_model}]}
    of_endpoint = {"EndpointConfig": config, "Model": model}
    about = {"Plan": of_components, "Artifact": artifact, **of_endpoint, "Components": {}}
    sent["deploy_components"] = {"State": "DeployComponents", **about, "Execution": EXECUTION}
    bounds = {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 600}
    run("ConfigureScaling", "configure_scaling", Plan=plan, AutoScaling=[{"VariantName": "AllTraffic", **bounds}])
    run("RemoveOldVersions", "remove_old_versions", Plan=plan, Artifact=artifact, EndpointConfig=config)
    run(
        "SmokeTest",
        "smoke_test",
        Plan={**plan, "SmokeTest": {"Stage": "AfterTraffic", "Samples": [SAMPLE]}},
        EndpointName="digits",
    )
    sent["analyze_traffic"] = {
        "State": "AnalyzeTraffic",
        "Plan": {**plan, "TrafficAnalysis": {"Minutes": 10, "MinInvocations": 50, "OnInconclusive": "Warn"}},
        "PreviousEndpointConfigName": "digits-0f16c74091c2",
        "EndpointConfigName": "digits-9d3a1f0b7c55",
        "Since": SINCE,
        "Execution": EXECUTION,
    }
    explained = {"Failure": FAILURE, "Plan": plan, "Artifact": artifact, "LogsOf": None, "Alarms": [], "Since": SINCE}
    changed = {"ReplacedEndpointConfigName": None, "EndpointConfigArn": None, "HasServed": False}
    run("ExplainFailure", "explain_failure", **explained, **changed)
    about = {"Plan": plan, "Artifact": artifact}
    sent["restore_previous_config"] = {
        "State": "RestorePreviousConfig",
        **about,
        "EndpointConfigName": "digits-9d3a1f0b7c55",
        "EndpointConfigArn": config["EndpointConfigArn"],
        "PreviousEndpointConfigName": "digits-0f16c74091c2",
        "Since": SINCE,
        "MayUpdate": True,
        "Execution": EXECUTION,
    }
    sent["create_candidate"] = {"State": "CreateCandidate", **about, "EndpointConfig": config, "Execution": EXECUTION}
    sent["remove_candidate"] = {"State": "RemoveCandidate", **about, "WasSeen": False, "Execution": EXECUTION}
    sent["remove_failed_deployment"] = {
        "State": "RemoveFailedDeployment",
        "Plan": plan,
        "Image": image,
        "Artifact": artifact,
        "WasUpdated": False,
        "Execution": EXECUTION,
    }
    services.fake_storage.put(BUCKET, "batch/digits/input/rows.csv", b"1,0,5,13\n2,0,0,5\n")
    wanted = run("PlanTransform", "plan_transform", Input=transform_input("csv_rows"))
    data = handler_of("inspect_artifact", services)(
        {"State": "InspectArtifact", "Plan": wanted, "Execution": EXECUTION}, context
    )
    of_job = {"ModelName": "model-0f16c74091c2", "ModelArn": model["ModelArn"]}
    run("CreateTransformJob", "create_transform_job", Plan=wanted, Artifact=data, Model=of_job)
    result = {"Outcome": "Created", "EndpointName": "digits", "EndpointConfigName": config["EndpointConfigName"]}
    event = read(ROOT / "events" / "s3" / "object_created.json")
    uploaded_at = artifact["UploadedAt"]
    run("WriteDeploymentResult", "write_deployment_result", Input=event, UploadedAt=uploaded_at, Result=result)
    storage, own, folder = services.fake_storage, services.settings.model_bucket, "rollouts/digits-1"
    storage.put(BUCKET, "rollouts/fleet.jsonl", json.dumps(execution_input("scikit_learn")).encode())
    rollout = run("PlanRollout", "plan_rollout", Input={"ManifestUrl": f"s3://{BUCKET}/rollouts/fleet.jsonl"})
    ended = {"Input": storage.side_file(own, f"{folder}/wave-1.jsonl").decode(), "Status": "SUCCEEDED"}
    file, results = f"{folder}/results/1/SUCCEEDED_0.json", f"{folder}/results/1/manifest.json"
    storage.put(own, file, json.dumps([{**ended, "Output": '{"Outcome": "Created"}'}]).encode())
    storage.put(own, results, json.dumps({"ResultFiles": {"SUCCEEDED": [{"Key": file}]}}).encode())
    run("SummarizeRollout", "summarize_rollout", Plan=rollout, Results=[results])
    return sent
