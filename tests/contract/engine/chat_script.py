"""A client of the OpenAI Python library as its users write one; run by the environment that has it.

python chat_script.py BASE_URL TOKEN: asks, streams, tries a token that is none, and prints what it saw as JSON.
"""

import json
import sys

from openai import OpenAI, PermissionDeniedError

url, token = sys.argv[1:]
client = OpenAI(base_url=url, api_key=token)
messages = [{"role": "user", "content": "hello there"}]
answered = client.chat.completions.create(model="", messages=messages)
with client.chat.completions.create(model="", messages=messages, stream=True) as stream:
    parts = [chunk.choices[0].delta.content for chunk in stream if chunk.choices[0].delta.content]
try:
    OpenAI(base_url=url, api_key="sagemaker-api-key-none").chat.completions.create(model="", messages=messages)
except PermissionDeniedError as error:
    refused = error.status_code
text = answered.choices[0].message.content
sys.stdout.write(json.dumps({"text": text, "parts": len(parts), "streamed": "".join(parts), "refused": refused}))
