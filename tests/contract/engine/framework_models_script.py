"""Framework models of the SageMaker Python SDK as its users deploy them; run by the SDK's own environment.

python framework_models_script.py ROLE_ARN MODELS CLASS...: CLASS is SKLearnModel, XGBoostModel or PyTorchModel, and
MODELS a folder with what each serves. Deploys each, predicts, deletes, and prints predictions as JSON.
AWS_ENDPOINT_URL, the region and keys are in the environment, as users export them.
"""

import json
import sys
import tarfile
import time
from pathlib import Path

import boto3
import numpy as np
import sagemaker
from sagemaker.pytorch import PyTorchModel
from sagemaker.sklearn import SKLearnModel
from sagemaker.xgboost import XGBoostModel

SCRIPTS = {
    "SKLearnModel": """
import joblib, os
def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))
""",
    "XGBoostModel": """
import os, xgboost
def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "model.json"))
    return booster
""",
    "PyTorchModel": """
import torch
def model_fn(model_dir):
    linear = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.constant_(linear.weight, 0.5)
    return linear
""",
}
CLASSES = {
    "SKLearnModel": (SKLearnModel, {"framework_version": "1.2-1", "py_version": "py3"}, "model.joblib"),
    "XGBoostModel": (XGBoostModel, {"framework_version": "3.0-5", "py_version": "py3"}, "model.json"),
    "PyTorchModel": (PyTorchModel, {"framework_version": "2.6.0", "py_version": "py312"}, None),
}

role, models, *names = sys.argv[1:]
# default_bucket: without it this SDK calls STS on AWS, whatever the endpoint URL is.
session = sagemaker.Session(default_bucket="sdk-models")
s3 = boto3.client("s3")
s3.create_bucket(Bucket="sdk-models")
predictions = {}
for name in names:
    model_class, options, file = CLASSES[name]
    archive, script = Path(f"{name}.tar.gz"), Path(f"{name.lower()}_inference.py")
    script.write_text(SCRIPTS[name], encoding="utf-8")
    with tarfile.open(archive, "w:gz") as tar:
        if file:
            tar.add(Path(models, file), file)
        else:
            tar.add(script, "weights.txt")
    s3.upload_file(str(archive), "sdk-models", f"{name}/model.tar.gz")
    model = model_class(
        model_data=f"s3://sdk-models/{name}/model.tar.gz",
        role=role,
        entry_point=str(script),
        sagemaker_session=session,
        **options,
    )
    predictor = model.deploy(initial_instance_count=1, instance_type="ml.m5.large", wait=False)
    # The SDK's own wait polls every 30 s.
    end = time.monotonic() + 120
    while (described := session.sagemaker_client.describe_endpoint(EndpointName=predictor.endpoint_name))[
        "EndpointStatus"
    ] == "Creating" and time.monotonic() < end:
        time.sleep(0.2)
    if described["EndpointStatus"] != "InService":
        logs = boto3.client("logs").filter_log_events(
            logGroupName=f"/aws/sagemaker/Endpoints/{predictor.endpoint_name}"
        )
        sys.exit(f"{name}: {described}\n{[event['message'] for event in logs['events']]}")
    if name == "XGBoostModel":
        predictor.serializer = sagemaker.serializers.CSVSerializer()
        predictor.deserializer = sagemaker.deserializers.CSVDeserializer()
    prediction = predictor.predict(np.array([[1.0, 0.0], [0.0, 1.0]], dtype="float32"))
    predictions[name] = np.array(prediction, dtype=float).round(4).ravel().tolist()
    predictor.delete_model()
    predictor.delete_endpoint()
sys.stdout.write(f"\n{json.dumps(predictions)}\n")
