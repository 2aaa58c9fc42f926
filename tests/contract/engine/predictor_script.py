"""A client of the SageMaker Python SDK as its users write one; run by the SDK's own environment.

python predictor_script.py ENDPOINT_URL ENDPOINT_NAME: predicts, deletes, and prints what it saw as JSON.
"""

import json
import sys

import boto3
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer, JSONSerializer

url, name = sys.argv[1:]
boto_session = boto3.Session("test", "test", region_name="us-east-1")
session = sagemaker.Session(
    boto_session,
    sagemaker_client=boto_session.client("sagemaker", endpoint_url=url),
    sagemaker_runtime_client=boto_session.client("sagemaker-runtime", endpoint_url=url),
)
predictor = Predictor(name, session, serializer=JSONSerializer(), deserializer=JSONDeserializer())
prediction = predictor.predict({"instances": [1, 2, 3]})
predictor.serializer, predictor.deserializer = CSVSerializer(), sagemaker.deserializers.StringDeserializer()
text = predictor.predict([1, 2, 3])
config = session.sagemaker_client.describe_endpoint(EndpointName=name)["EndpointConfigName"]
predictor.delete_model()
predictor.delete_endpoint()
sys.stdout.write(json.dumps({"prediction": prediction, "text": text, "config": config}))
