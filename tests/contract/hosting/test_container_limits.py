"""What a container sees of the machine it runs on, and what it may use of it, as a real process."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.contract.hosting.conftest import TOOLKIT, Start

from slipway_local.hosting.limits import MAX_FILE, MAX_OPEN_FILES
from slipway_local.ports import Invocation

ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="no other kernel lets a process be held to a limit")
LOOKS_AROUND = """
import json, os, resource
def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept):
    kinds = ("RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE")
    limits = {kind: resource.getrlimit(getattr(resource, kind)) for kind in kinds}
    seen = {"environment": dict(os.environ), "folder": os.getcwd(), "home": os.path.expanduser("~"), "limits": limits}
    return json.dumps(seen), "application/json"
"""


def seen(start: Start) -> dict[str, Any]:
    answer = start({"code/inference.py": LOOKS_AROUND}, image=TOOLKIT).invoke(Invocation(b"", "application/json"))
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_a_container_sees_no_credentials_and_no_home_of_the_user(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "HF_TOKEN"):
        monkeypatch.setenv(name, "the user's own")

    found = seen(start)

    assert "the user's own" not in found["environment"].values()
    assert [name for name in found["environment"] if name.startswith("AWS_")] == []
    own = (folder.resolve(), Path("/opt/ml"))  # the second where the machine permits mounts
    assert any(Path(found["folder"]).is_relative_to(each) for each in own)
    assert any(Path(found["home"]).is_relative_to(each) for each in own)


@ONLY_LINUX
def test_a_container_is_held_to_files_that_an_endpoint_would_have_room_for(start: Start) -> None:
    hard = {kind: resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE)}

    limits = seen(start)["limits"]

    assert limits["RLIMIT_NOFILE"] == [lower(MAX_OPEN_FILES, hard[resource.RLIMIT_NOFILE])] * 2
    assert limits["RLIMIT_FSIZE"] == [lower(MAX_FILE, hard[resource.RLIMIT_FSIZE])] * 2
    assert limits["RLIMIT_CORE"] == [0, 0]


def lower(limit: int, hard: int) -> int:
    return limit if hard == resource.RLIM_INFINITY else min(limit, hard)
