"""A Transformer of the SageMaker Python SDK as its users write one; run by the SDK's own environment.

python transformer_script.py MODEL_NAME INPUT OUTPUT: transforms, waits with the job's logs, attaches to the job by its
name, and prints what it saw as JSON. AWS_ENDPOINT_URL, the region and keys are in the environment.
"""

import json
import sys

import sagemaker
from sagemaker.transformer import Transformer

model, source, output = sys.argv[1:]
session = sagemaker.Session()
transformer = Transformer(
    model_name=model,
    instance_count=1,
    instance_type="ml.m5.large",
    strategy="MultiRecord",
    assemble_with="Line",
    accept="text/csv",
    output_path=output,
    max_payload=1,
    sagemaker_session=session,
)
transformer.transform(
    source,
    content_type="text/csv",
    split_type="Line",
    input_filter="$[1:]",
    join_source="Input",
    output_filter="$[0,-1]",
    wait=True,
    logs=True,
)
name = transformer.latest_transform_job.name
attached = Transformer.attach(name, session)
said = {"name": name, "model": attached.model_name, "output": attached.output_path, "strategy": attached.strategy}
sys.stdout.write("\n" + json.dumps(said))
