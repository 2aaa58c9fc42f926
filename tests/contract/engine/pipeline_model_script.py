"""SageMaker Python SDK v2's PipelineModel as its users write it; run by the SDK's own environment.

python pipeline_model_script.py ENDPOINT_URL ENDPOINT_NAME ROLE IMAGE ARCHIVE...: deploys the archives as one pipeline,
predicts, and prints the prediction as JSON, on a line of its own below the SDK's progress.
"""

import json
import sys

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.model import Model
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer

url, name, role, image, *archives = sys.argv[1:]
boto_session = boto3.Session("test", "test", region_name="us-east-1")
session = sagemaker.Session(
    boto_session,
    sagemaker_client=boto_session.client("sagemaker", endpoint_url=url),
    sagemaker_runtime_client=boto_session.client("sagemaker-runtime", endpoint_url=url),
)
models = [Model(image, model_data=archive, role=role, sagemaker_session=session) for archive in archives]
pipeline = PipelineModel(models, role, predictor_cls=Predictor, name=name, sagemaker_session=session)
predictor = pipeline.deploy(1, "ml.m5.large", endpoint_name=name, wait=False)
session.wait_for_endpoint(name, poll=1)  # as `deploy` waits, which polls every 30 s
predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
prediction = predictor.predict([1, 2])
predictor.delete_endpoint()
sys.stdout.write("\n" + json.dumps({"prediction": prediction}))
