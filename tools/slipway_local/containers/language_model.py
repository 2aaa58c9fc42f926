"""What answers in place of a server of a large language model: its contract, without its model.

The local stack has no weights of that size. The stand-in repeats what it is asked, word by word, and says in every text
that it is one. Requests, responses and streams have the form of the server's:

- vLLM, SGLang, llama.cpp: OpenAI's API, by its own paths and by /invocations, where the fields say what is asked
  (AWS deep learning containers, vLLM and SGLang);
- LMI: {"inputs", "parameters"}, answered by {"generated_text"}, and OpenAI's chat (LMI documentation, "Input Output
  Schema" and "Chat Completions API Schema");
- TGI: the same, answered by a list of one; TEI: {"inputs"}, answered by embeddings (Hugging Face's documentation).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from slipway_local.containers.contract import JSON, running, said, typed
from slipway_local.containers.http_front import Answer, Reply, Request

LOGGER = logging.getLogger(__name__)
NAME = "slipway-stand-in"
# The variables that name the model, in the order in which servers take them.
MODEL_VARIABLES = ("SM_VLLM_MODEL", "SM_SGLANG_MODEL_PATH", "OPTION_MODEL_ID", "HF_MODEL_ID")
EVENT_STREAM = "text/event-stream"
DIMENSIONS = 8  # of an embedding
MAX_TOKENS = 256
DONE = b"data: [DONE]\n\n"
Body = dict[str, Any]
Kind = Callable[[str, Body], Reply]


def openai() -> tuple[Answer, Callable[[], int]]:
    """Start what answers as vLLM, SGLang or llama.cpp."""
    return _start({})


def lmi() -> tuple[Answer, Callable[[], int]]:
    """Start what answers as DJL Serving's LMI."""
    return _start({"inputs": generation})


def tgi() -> tuple[Answer, Callable[[], int]]:
    """Start what answers as TGI."""
    return _start({"inputs": generation_list})


def tei() -> tuple[Answer, Callable[[], int]]:
    """Start what answers as TEI."""
    return _start({"inputs": embedding_list})


def _start(own: Mapping[str, Kind]) -> tuple[Answer, Callable[[], int]]:
    model = next((os.environ[name] for name in MODEL_VARIABLES if os.environ.get(name)), NAME)
    LOGGER.warning("No model is served: the stand-in %s answers for %s", NAME, model)
    return running(Server(model, own).answer)


@dataclass(frozen=True)
class Text:
    """What is generated: words with the space that is before each, and why it ended."""

    words: tuple[str, ...]
    finish_reason: str
    prompt_tokens: int

    @property
    def usage(self) -> Mapping[str, int]:
        """Return OpenAI's count of tokens; here a word is one."""
        made = len(self.words)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": made,
            "total_tokens": self.prompt_tokens + made,
        }


class Server:
    """Answers as the server of one model; `own` are its requests at /invocations other than OpenAI's, by field."""

    def __init__(self, model: str, own: Mapping[str, Kind]) -> None:
        self._model = model
        self._kinds = {"messages": chat_completion, "prompt": completion, "input": embeddings, **own}

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        path = request.path.partition("?")[0]
        if (request.method, path) == ("GET", "/ping"):
            return typed(b"", JSON)
        if (request.method, path) == ("GET", "/v1/models"):
            return _json({"object": "list", "data": [{"id": self._model, "object": "model", "owned_by": NAME}]})
        if request.method != "POST" or path not in PATHS:
            return said(404, f"There is no {request.method} {path}")
        try:
            body = dict(json.loads(request.body))
        except (TypeError, ValueError):
            return _refused("The body is not a JSON object.")
        kind = PATHS[path] or next((kind for field, kind in self._kinds.items() if field in body), None)
        if kind is None:
            return _refused(f"The body needs one of {', '.join(self._kinds)}.")
        return kind(self._model, body)


def chat_completion(model: str, body: Body) -> Reply:
    """Answer POST /v1/chat/completions."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return _refused("messages must be a list of at least one message.")
    asked = [message["content"] for message in messages if message.get("role") == "user"] or [""]
    text = _generate(model, _text_of(asked[-1]), body.get("max_completion_tokens") or body.get("max_tokens"))
    if not body.get("stream"):
        message = {"role": "assistant", "content": "".join(text.words)}
        choice = {"index": 0, "message": message, "finish_reason": text.finish_reason}
        return _json(_completion("chat.completion", model, choice, text))
    deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in text.words), {}]
    return _stream(_chunks("chat.completion.chunk", model, "delta", deltas, text, body))


def completion(model: str, body: Body) -> Reply:
    """Answer POST /v1/completions."""
    text = _generate(model, _text_of(body.get("prompt", "")), body.get("max_tokens"))
    if not body.get("stream"):
        choice = {"index": 0, "text": "".join(text.words), "finish_reason": text.finish_reason}
        return _json(_completion("text_completion", model, choice, text))
    return _stream(_chunks("text_completion", model, "text", [*text.words, ""], text, body))


def embeddings(model: str, body: Body) -> Reply:
    """Answer POST /v1/embeddings."""
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    data = [{"object": "embedding", "index": n, "embedding": _embedding(one)} for n, one in enumerate(inputs)]
    return _json({"object": "list", "model": model, "data": data})


def generation(model: str, body: Body) -> Reply:
    """Answer DJL Serving's request."""
    text = _generate(model, _text_of(body["inputs"]), body.get("parameters", {}).get("max_new_tokens"))
    return _stream(_tokens(text)) if body.get("stream") else _json({"generated_text": "".join(text.words)})


def generation_list(model: str, body: Body) -> Reply:
    """Answer TGI's request."""
    reply = generation(model, body)
    return reply if reply.chunks else _json([json.loads(reply.body)])


def embedding_list(model: str, body: Body) -> Reply:  # noqa: ARG001 - a kind of request
    """Answer TEI's request."""
    inputs = body["inputs"] if isinstance(body["inputs"], list) else [body["inputs"]]
    return _json([_embedding(one) for one in inputs])


PATHS: Mapping[str, Kind | None] = {
    "/invocations": None,
    "/v1/chat/completions": chat_completion,
    "/v1/completions": completion,
    "/v1/embeddings": embeddings,
}


def _generate(model: str, asked: str, limit: int | None) -> Text:
    words = f"This is {NAME}, in place of {model}. It repeats: {asked}".split()
    kept = words[: limit or MAX_TOKENS]
    spaced = tuple(word if index == 0 else f" {word}" for index, word in enumerate(kept))
    return Text(spaced, "stop" if len(kept) == len(words) else "length", len(asked.split()))


def _text_of(content: Any) -> str:
    """Return a message's text: a string, or the text parts of a list."""
    if isinstance(content, list):
        return " ".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)
    return str(content)


def _embedding(text: Any) -> list[float]:
    digest = sha256(str(text).encode()).digest()[:DIMENSIONS]
    length = sum(value * value for value in digest) ** 0.5 or 1.0
    return [value / length for value in digest]


def _completion(kind: str, model: str, choice: Body, text: Text) -> Body:
    return {"id": NAME, "object": kind, "created": 0, "model": model, "choices": [choice], "usage": text.usage}


def _chunks(kind: str, model: str, field: str, values: list[Any], text: Text, body: Body) -> Iterator[bytes]:
    head = {"id": NAME, "object": kind, "created": 0, "model": model}
    for number, value in enumerate(values):
        reason = text.finish_reason if number == len(values) - 1 else None
        yield _event({**head, "choices": [{"index": 0, field: value, "finish_reason": reason}]})
    if body.get("stream_options", {}).get("include_usage"):
        yield _event({**head, "choices": [], "usage": text.usage})
    yield DONE


def _tokens(text: Text) -> Iterator[bytes]:
    """Yield what TGI sends for each token, with the whole text at the last one."""
    for number, word in enumerate(text.words):
        last = number == len(text.words) - 1
        token = {"id": number, "text": word, "logprob": 0.0, "special": False}
        yield _event({"index": number, "token": token, "generated_text": "".join(text.words) if last else None})


def _event(document: Body) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()


def _stream(chunks: Iterator[bytes]) -> Reply:
    return Reply(200, headers=[("Content-Type", EVENT_STREAM)], chunks=chunks)


def _json(document: Any) -> Reply:
    return typed(json.dumps(document).encode(), JSON)


def _refused(message: str) -> Reply:
    # OpenAI's form of an error, which vLLM and SGLang have too.
    error = {"message": message, "type": "BadRequestError", "param": None, "code": 400}
    return Reply(400, json.dumps({"error": error}).encode(), [("Content-Type", JSON)])
