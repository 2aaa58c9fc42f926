"""The versions of an endpoint from the command line: listed, put back, asked, deleted, woken, and gone for good."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from slipway.aws.model_archives import model_archive_keys
from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.command_line import Slipway, said
from tests.integration.deployments import Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting


def test_versions_are_listed_put_back_deleted_and_woken(account: Account, slipway: Slipway, tmp_path: Path) -> None:
    name = endpoint_name("a-name-that-is-long-and-stays-on-one-line")
    numbers = tmp_path / "numbers.json"
    numbers.write_text("[1, 2, 3]", encoding="utf-8")
    uris = [account.upload(f"elsewhere/{name}/v{factor}.tar.gz", archives.answering(factor)) for factor in (2, 3)]
    configs = [str(account.deploy(hosting(name, uri))["EndpointConfigName"]) for uri in uris]
    broken = account.upload(f"elsewhere/{name}/broken.tar.gz", archives.crashing())
    assert account.run(hosting(name, broken, "sklearn")).status == "FAILED"

    (listed,) = (one for one in said(slipway("endpoints", "--json")) if one["EndpointName"] == name)
    assert (listed["EndpointStatus"], listed["EndpointConfigName"]) == ("InService", configs[1])
    assert listed["Artifact"].startswith(uris[1])
    assert listed["EstimatedCostPerHour"] > 0

    newest, *older = said(slipway("history", name, "--json"))
    assert newest["Outcome"] not in ("Created", "Updated"), "the failure is shown by its name"
    assert [(one["Outcome"], one["EndpointConfigName"], one["State"]) for one in older] == [
        ("Updated", configs[1], "Serving"),
        ("Created", configs[0], "Kept"),
    ]

    (row,) = (line for line in slipway("endpoints").stdout.splitlines() if line.startswith(name))
    assert row.split()[1] == "InService"
    assert row.endswith("v3.tar.gz"), "a table is whole in a pipe"

    back = said(slipway("rollback", name, "--wait", "--json"))
    assert back["Output"]["EndpointConfigName"] == configs[0]
    assert said(slipway("invoke", name, str(numbers), "--json"))["Answer"] == {"sum": 12, "factor": 2}
    (listed,) = (one for one in said(slipway("endpoints", "--json")) if one["EndpointName"] == name)
    assert listed["Artifact"].startswith(uris[0]), "what it serves, not what was deployed last"
    said(slipway("rollback", name, "--to", configs[1].rpartition("-")[2], "--wait", "--json"))
    assert json.loads(slipway("invoke", name, str(numbers)).stdout) == {"sum": 18, "factor": 3}

    refused = slipway("delete", name, input="n\n")
    assert refused.exit_code == 1
    assert f"Delete the endpoint {name} (InService)?" in refused.stderr
    assert said(slipway("delete", name, "--yes", "--json"))["Deleted"] == [f"Endpoint {name}"]
    gone = slipway("invoke", name, str(numbers))
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "slipway wake" in gone.stderr
    said(slipway("wake", name, "--wait", "--json"))
    assert said(slipway("invoke", name, str(numbers), "--json"))["Answer"]["factor"] == 3, "what it served last"

    models = account.made_for(name)["Models"]
    deleted = said(slipway("delete", name, "--all-versions", "--yes", "--json"))["Deleted"]
    assert deleted[0] == f"Endpoint {name}"
    assert set(deleted) == {f"Endpoint {name}", *(f"Model {one}" for one in models)} | {
        f"EndpointConfig {one}" for one in configs
    }
    assert account.made_for(name) == {"Models": [], "EndpointConfigs": [], "Endpoints": []}
    for model in models:
        listing = account.s3.list_objects_v2(
            Bucket=account.description.model_bucket, Prefix=model_archive_keys(model, 1)[0]
        )
        assert listing["KeyCount"] == 0, "the kept archive is gone too"
    assert {one["State"] for one in said(slipway("history", name, "--json"))} == {"Removed", ""}


DETECTING_CODE = b"""
import json

def model_fn(model_dir):
    return [[1, 0.1, 0, 0, 0.2, 0.2], [0, 0.9, 0.25, 0.25, 0.75, 0.75]]

def input_fn(body, content_type):
    assert content_type in ("image/png", "application/x-image"), content_type
    return body

def predict_fn(picture, rows):
    return {"prediction": rows}

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def test_boxes_are_drawn_into_the_picture_and_listed(account: Account, slipway: Slipway, tmp_path: Path) -> None:
    name = endpoint_name("boxes")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", tar_gz({"code/inference.py": DETECTING_CODE}))
    account.deploy(hosting(name, uri))
    picture, drawn = tmp_path / "grey.png", tmp_path / "drawn.png"
    Image.new("RGB", (200, 100), "grey").save(picture)

    listed = slipway("invoke", name, str(picture), "--draw", str(drawn), "--classes", "car,truck")
    assert listed.exit_code == 0, listed.output
    assert [line.split() for line in listed.stdout.splitlines()[1:]] == [
        ["car", "0.900", "0.250", "0.250", "0.750", "0.750"]
    ]
    with Image.open(drawn) as image:
        colours = {image.getpixel((x, 50)) for x in range(45, 55)}
        assert image.size == (200, 100)
    assert len(colours) > 1, "the left edge of the box crosses the middle of the picture"

    piped = slipway("invoke", name, "-", "--content-type", "application/x-image", input=picture.read_bytes())
    assert len(json.loads(piped.stdout)["prediction"]) == 2
    refused = slipway("invoke", name, str(picture), "--content-type", "text/csv")
    assert (refused.exit_code, refused.stdout) == (1, "")
    said = refused.stderr.splitlines()
    assert said[0].startswith(f"Error: The container of {name} answered with 500: UnicodeDecodeError: ")
    assert "Traceback (most recent call last):" in said[1:]
