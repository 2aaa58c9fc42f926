"""An endpoint of inference components by version 3 of the SageMaker Python SDK; run by the SDK's own environment.

python components_script.py ENDPOINT_NAME ROLE IMAGE FIRST SECOND: places the first archive as a model and as a
container on shared instances, predicts, updates the second component to the second archive, deletes everything in the
documented order, and prints what it saw as JSON.
"""

import json
import sys

from sagemaker.core.resources import Endpoint, EndpointConfig, InferenceComponent, Model
from sagemaker.core.shapes import (
    ContainerDefinition,
    InferenceComponentComputeResourceRequirements,
    InferenceComponentContainerSpecification,
    InferenceComponentRuntimeConfig,
    InferenceComponentSpecification,
    ProductionVariant,
)

name, role, image, first, second = sys.argv[1:]
needs = InferenceComponentComputeResourceRequirements(min_memory_required_in_mb=1024)
copies = InferenceComponentRuntimeConfig(copy_count=1)


def container(archive: str) -> InferenceComponentSpecification:
    own = InferenceComponentContainerSpecification(image=image, artifact_url=archive)
    return InferenceComponentSpecification(container=own, compute_resource_requirements=needs)


def predict(component: InferenceComponent) -> object:
    answered = endpoint.invoke(
        body="[1, 2]", content_type="application/json", inference_component_name=component.inference_component_name
    )
    return json.loads(answered.body.read())


model = Model.create(
    model_name=name,
    primary_container=ContainerDefinition(image=image, model_data_url=first),
    execution_role_arn=role,
)
variant = ProductionVariant(variant_name="AllTraffic", instance_type="ml.m5.xlarge", initial_instance_count=1)
config = EndpointConfig.create(endpoint_config_name=name, production_variants=[variant], execution_role_arn=role)
endpoint = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
endpoint.wait_for_status("InService", poll=1)
of_model = InferenceComponentSpecification(model_name=name, compute_resource_requirements=needs)
components = [
    InferenceComponent.create(
        inference_component_name=f"{name}-{number}",
        endpoint_name=name,
        variant_name="AllTraffic",
        specification=specification,
        runtime_config=copies,
    )
    for number, specification in enumerate([of_model, container(first)])
]
for component in components:
    component.wait_for_status("InService", poll=1)
before = [predict(component) for component in components]
components[1].update(specification=container(second), runtime_config=copies)
components[1].wait_for_status("InService", poll=1)
after = [predict(component) for component in components]
for component in components:
    component.delete()
    component.wait_for_delete(poll=1)
endpoint.delete()
config.delete()
model.delete()
sys.stdout.write("\n" + json.dumps({"before": before, "after": after}))
