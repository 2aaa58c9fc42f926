"""mlflow's deployment client as its users call it, without a bucket; run by an environment that has mlflow.

python mlflow_script.py ROLE_ARN: deploys a model, predicts, lists, deletes, and prints what it saw as JSON.
AWS_ENDPOINT_URL, the region and keys are in the environment, as users export them.
"""

import json
import sys
from typing import Any

import mlflow.pyfunc
from mlflow.deployments import get_deploy_client


class Echo(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Predicts its input."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        """Return the input."""
        return model_input


NAME = "mlflow-echo"
mlflow.pyfunc.save_model("model", python_model=Echo(), pip_requirements=["mlflow"])
client = get_deploy_client("sagemaker:/us-east-1")
client.create_deployment(
    NAME,
    "model",
    flavor="python_function",
    config={
        "execution_role_arn": sys.argv[1],
        # An image that mlflow's users build; a stand-in answers in its place, as the local stack pulls none.
        "image_url": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mlflow-pyfunc:3.17.0",
        "env": {"SLIPWAY_STAND_IN": '{"predictions": [1, 2]}'},
        "instance_type": "ml.m5.large",
        "timeout_seconds": 300,
    },
)
prediction = client.predict(NAME, [1, 2])
listed = [each["EndpointName"] for each in client.list_deployments()]
client.delete_deployment(NAME, config={"timeout_seconds": 300})
left = [each["EndpointName"] for each in client.list_deployments()]
seen = {
    "prediction": prediction.get_predictions(predictions_format="ndarray").ravel().tolist(),
    "listed": NAME in listed,
    "left": NAME in left,
}
sys.stdout.write(f"\n{json.dumps(seen)}\n")
