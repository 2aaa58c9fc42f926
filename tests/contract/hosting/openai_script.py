"""A client of the OpenAI Python library as its users write one; run by the environment that has it.

python openai_script.py BASE_URL: asks, streams, and prints what it saw as JSON.
"""

import json
import sys

from openai import BadRequestError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="any")
model = client.models.list().data[0].id
messages = [{"role": "user", "content": "hello there"}]
answered = client.chat.completions.create(model=model, messages=messages)
parts = []
with client.chat.completions.create(
    model=model, messages=messages, stream=True, stream_options={"include_usage": True}
) as stream:
    for chunk in stream:
        parts += [chunk.choices[0].delta.content or ""] if chunk.choices else []
        usage = chunk.usage
try:
    client.chat.completions.create(model=model, messages=[])
except BadRequestError as error:
    refusal = error.body["message"]
embedded = client.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
sys.stdout.write(
    json.dumps(
        {
            "model": model,
            "text": answered.choices[0].message.content,
            "parts": len([part for part in parts if part]),
            "streamed": "".join(parts),
            "tokens": usage.completion_tokens,
            "refusal": refusal,
            "embeddings": len(embedded.data),
        }
    )
)
