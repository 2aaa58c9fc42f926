"""The stand-in of servers of large language models: the forms are OpenAI's API reference, LMI's, TGI's and TEI's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway_local.containers import language_model
from slipway_local.containers.http_front import Answer, Reply, Request

CHAT = {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello there"}]}
SAID = "This is slipway-stand-in, in place of Qwen/Qwen3-4B. It repeats: hello there"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Answer]:
    monkeypatch.setenv("HF_MODEL_ID", "Qwen/Qwen3-4B")

    def start(family: str) -> Answer:
        answer: Answer = getattr(language_model, family)()[0]
        return answer

    return start


def ask(answer: Answer, body: object, path: str = "/invocations") -> Any:
    reply = answer(Request("POST", path, json.dumps(body).encode()))
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def events(reply: Reply) -> list[Any]:
    assert reply.chunks is not None
    assert reply.headers == [("Content-Type", "text/event-stream")]
    lines = [chunk.decode() for chunk in reply.chunks]
    assert all(line.startswith("data: ") and line.endswith("\n\n") for line in lines)
    return [line[6:-2] if line == "data: [DONE]\n\n" else json.loads(line[6:]) for line in lines]


@pytest.mark.parametrize("path", ["/invocations", "/v1/chat/completions"])
def test_a_chat_is_answered_and_says_that_a_stand_in_answers(server: Callable[[str], Answer], path: str) -> None:
    answered = ask(server("openai"), CHAT, path)

    assert (answered["object"], answered["model"]) == ("chat.completion", "Qwen/Qwen3-4B")
    assert answered["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop"}
    ]
    assert answered["usage"] == {"prompt_tokens": 2, "completion_tokens": 11, "total_tokens": 13}


def test_a_stream_has_the_words_one_by_one_and_ends_with_done(server: Callable[[str], Answer]) -> None:
    body = {**CHAT, "stream": True, "max_tokens": 3, "stream_options": {"include_usage": True}}

    *chunks, usage, done = events(server("openai")(Request("POST", "/invocations", json.dumps(body).encode())))

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"content": "This"},
        {"content": " is"},
        {"content": " slipway-stand-in,"},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * 4 + ["length"]
    assert (usage["choices"], usage["usage"]["completion_tokens"], done) == ([], 3, "[DONE]")


def test_completions_and_embeddings_have_openais_form(server: Callable[[str], Answer]) -> None:
    answer = server("openai")

    assert ask(answer, {"prompt": "hello there"}, "/v1/completions")["choices"][0]["text"] == SAID
    first, second = ask(answer, {"input": ["a", "b"]}, "/v1/embeddings")["data"]
    assert (first["index"], second["index"], len(first["embedding"])) == (0, 1, 8)
    assert first["embedding"] != second["embedding"]
    assert ask(answer, {"input": "a"})["data"][0]["embedding"] == first["embedding"]


def test_each_server_has_its_own_form(server: Callable[[str], Answer]) -> None:
    inputs = {"inputs": "hello there", "parameters": {"max_new_tokens": 1}}

    assert ask(server("lmi"), inputs) == {"generated_text": "This"}
    assert ask(server("tgi"), inputs) == [{"generated_text": "This"}]
    assert [len(one) for one in ask(server("tei"), {"inputs": ["a", "b"]})] == [8, 8]
    first, last = (
        events(server("tgi")(Request("POST", "/invocations", json.dumps({**inputs, "stream": True}).encode()))) * 2
    )
    assert (first["token"]["text"], last["generated_text"]) == ("This", "This")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[1]", "not a JSON object"),
        (b"{", "not a JSON object"),
        (b"{}", "needs one of messages, prompt, input"),
        (b'{"messages": []}', "at least one message"),
    ],
)
def test_a_body_that_asks_for_nothing_is_refused_in_openais_form(
    server: Callable[[str], Answer], body: bytes, words: str
) -> None:
    reply = server("openai")(Request("POST", "/invocations", body))

    assert reply.status == 400
    assert words in json.loads(reply.body)["error"]["message"]


def test_the_model_is_listed_and_other_paths_are_not_there(server: Callable[[str], Answer]) -> None:
    answer = server("openai")

    assert json.loads(answer(Request("GET", "/v1/models")).body)["data"][0]["id"] == "Qwen/Qwen3-4B"
    assert answer(Request("GET", "/ping")).status == 200
    assert answer(Request("POST", "/v1/files")).status == 404


def test_the_first_variable_names_the_model(server: Callable[[str], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SM_VLLM_MODEL", "/opt/ml/model")

    assert ask(server("openai"), CHAT)["model"] == "/opt/ml/model"
