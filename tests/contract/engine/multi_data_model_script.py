"""SageMaker Python SDK v2's MultiDataModel as its users write it; run by the SDK's own environment.

python multi_data_model_script.py ENDPOINT_URL ENDPOINT_NAME ROLE IMAGE FIRST SECOND: deploys a prefix with the first
archive, predicts, adds the second while the endpoint serves, and prints what it saw as JSON.
"""

import json
import sys

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.multidatamodel import MultiDataModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import JSONSerializer

url, name, role, image, first, second = sys.argv[1:]
boto_session = boto3.Session("test", "test", region_name="us-east-1")
session = sagemaker.Session(
    boto_session,
    sagemaker_client=boto_session.client("sagemaker", endpoint_url=url),
    sagemaker_runtime_client=boto_session.client("sagemaker-runtime", endpoint_url=url),
)
prefix = f"{first.rpartition('/')[0]}/served/"
many = MultiDataModel(name, prefix, image_uri=image, role=role, sagemaker_session=session, predictor_cls=Predictor)
many.add_model(first, "doubled.tar.gz")
predictor = many.deploy(1, "ml.m5.large", endpoint_name=name, wait=False)
session.wait_for_endpoint(name, poll=1)  # as `deploy` waits, which polls every 30 s
predictor.serializer, predictor.deserializer = JSONSerializer(), JSONDeserializer()
doubled = predictor.predict([1, 2], target_model="doubled.tar.gz")
many.add_model(second, "summed.tar.gz")
summed = predictor.predict([1, 2], target_model="summed.tar.gz")
listed = sorted(many.list_models())
predictor.delete_endpoint()
sys.stdout.write("\n" + json.dumps({"first": doubled, "added": summed, "listed": listed}))
