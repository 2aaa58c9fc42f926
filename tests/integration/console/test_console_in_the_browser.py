"""The console from end to end: a model goes in, is watched, and is tried; a failure is explained."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.contract.hosting.runtime_environments import needs
from tests.fixtures.vehicle_rears import pictures
from tests.integration.console.browser import Screenshots, colour_at, go, hash_of, lines_of, picture
from tests.integration.console.models import HOSTILE, crashing, detecting
from tests.integration.control import clear_faults, order
from tests.integration.deployments import Account, endpoint_name

pytestmark = pytest.mark.integration

COLOUR_OF_CLASS_0, COLOUR_OF_CLASS_1 = "#e69f00", "#56b4e9"
DETECTOR = Path(__file__).parents[2] / "fixtures" / "vehicle-rears.tar.gz"
HELD_OUT = 100_015  # a picture that the detector was not trained on
LEAST_SCORE = 0.3  # where the page's slider stands


def archive(content: bytes) -> FilePayload:
    return {"name": "model.tar.gz", "mimeType": "application/gzip", "buffer": content}


def deploy(page: Page, name: str, content: bytes) -> None:
    page.get_by_role("link", name="Deploy a model").first.click()
    page.get_by_label("Endpoint").fill(name)
    page.get_by_label("Archive").set_input_files(archive(content))
    page.get_by_label("Framework").fill("sklearn")
    page.get_by_role("button", name="Deploy").click()


def position(page: Page) -> str:
    """Return which part of a log that is longer than its box can be read."""
    return str(
        page.locator(".log").evaluate(
            """log => {
                const rest = log.scrollHeight - log.clientHeight - log.scrollTop;
                return log.scrollTop === 0 ? "start" : rest <= 1 ? "end" : "middle";
            }"""
        )
    )


def is_about(colour: str, other: str) -> bool:
    """Say whether two colours are the same but for what smoothing a line between two pixels does."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(other[1:]), strict=True)
    return all(abs(one - another) < 64 for one, another in pairs)


def ask(page: Page) -> None:
    page.get_by_role("button", name="Invoke").click()


def test_a_model_is_uploaded_watched_until_in_service_and_finds_boxes(
    page: Page, account: Account, screenshots: Screenshots
) -> None:
    # Given an endpoint that SageMaker is slow to create
    name = endpoint_name("rears")
    order(account, Fault="StuckCreating", EndpointName=name)

    # When its model is deployed from the page
    deploy(page, name, detecting())

    # Then the workflow is drawn, and lit where the deployment is
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Running")
    waiting = page.locator(".node.current")
    expect(waiting).to_have_attribute("data-state", re.compile("WaitForEndpoint|DescribeEndpoint"))
    expect(page.locator('.node[data-state="CreateModel"]')).to_have_class(re.compile("seen"))
    expect(page.locator('.node[data-state="Deployed"]')).not_to_have_class(re.compile("seen"))
    screenshots.take(page, "deployment-running")
    go(page, "#/endpoints")
    expect(page.get_by_role("row", name=name)).to_contain_text("Creating")

    # And it ends well by itself once SageMaker goes on
    page.go_back()
    clear_faults(account)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Created")
    expect(page.locator('.node[data-state="Deployed"]')).to_have_class(re.compile("seen"))
    expect(page.locator(".node.current")).to_have_count(0)

    # When the endpoint is given a picture
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} InService")
    page.get_by_label("Picture", exact=True).check()
    page.get_by_label("Picture (choose a file, or drop it here)").set_input_files(
        {"name": "wall.png", "mimeType": "image/png", "buffer": picture()}
    )
    ask(page)

    # Then the boxes are drawn on it where the model says, but those of low score
    expect(page.get_by_text("0.30: 2 of 3 boxes")).to_be_visible()
    assert colour_at(page, 0.1, 0.5) == COLOUR_OF_CLASS_0
    assert colour_at(page, 0.9, 0.5) == COLOUR_OF_CLASS_1
    assert colour_at(page, 0.25, 0.6) == "#5a5f64"
    page.get_by_label("Names of the classes").fill("car, truck")
    expect(page.get_by_role("cell", name="truck 0.81")).to_be_visible()
    screenshots.take(page, "boxes")
    page.get_by_label("Minimum score").fill("0")
    expect(page.get_by_role("cell", name="car 0.12")).to_be_visible()


@needs("mxnet")
def test_a_real_detector_finds_the_vehicles_of_a_picture(
    page: Page, account: Account, screenshots: Screenshots
) -> None:
    # Given an endpoint of the trained detector
    name = endpoint_name("vehicles")
    uri = account.upload(f"vehicles/{name}.tar.gz", DETECTOR.read_bytes())
    account.deploy({"EndpointName": name, "ModelDataUrl": uri, "Framework": "object-detection"})
    go(page, f"#/endpoints/{name}")

    # When it is given a picture that it has not seen, for which the form is ready
    expect(page.get_by_label("Picture", exact=True)).to_be_checked()
    picture = pictures.picture(HELD_OUT)
    page.get_by_label("Picture (choose a file, or drop it here)").set_input_files(
        {"name": "road.jpg", "mimeType": "image/jpeg", "buffer": picture.jpeg}
    )
    ask(page)

    # Then each vehicle that is there has a frame of its kind's colour
    answer = account.runtime.invoke_endpoint(EndpointName=name, ContentType="image/jpeg", Body=picture.jpeg)
    rows = json.loads(answer["Body"].read())["prediction"]
    sure = [row for row in rows if row[1] >= LEAST_SCORE]
    assert sorted(int(row[0]) for row in sure) == sorted(vehicle.kind for vehicle in picture.vehicles)
    expect(page.get_by_text(f"{LEAST_SCORE:.2f}: {len(sure)} of {len(rows)} boxes")).to_be_visible()
    for kind, _, left, top, _, bottom in sure:
        colour = (COLOUR_OF_CLASS_0, COLOUR_OF_CLASS_1)[int(kind)]
        assert is_about(colour_at(page, left, (top + bottom) / 2), colour)
    page.get_by_label("Names of the classes").fill("car, truck")
    expect(page.get_by_role("cell", name="truck")).to_have_count(2)
    screenshots.take(page, "vehicles")

    # And it is in the list of endpoints
    go(page, "#/endpoints")
    expect(page.get_by_role("row", name=name)).to_contain_text("ml.m5.large")
    screenshots.take(page, "endpoints")


def test_what_a_model_answers_stays_text(page: Page, account: Account, screenshots: Screenshots) -> None:
    # Given an endpoint that answers with markup, and whose container answers an error with the exception's text
    name = endpoint_name("talker")
    account.deploy(
        {
            "EndpointName": name,
            "ModelDataUrl": account.upload(f"talker/{name}.tar.gz", detecting()),
            "Framework": "pytorch",
            "InstanceType": "ml.m5.large",
        }
    )
    page.clock.install()
    go(page, f"#/endpoints/{name}")

    # When it is asked, and asked for what it cannot read
    page.get_by_label("Body").fill("1,2")
    expect(page.get_by_label("Content type")).to_have_value("text/csv")
    page.get_by_label("Body").fill("[1, 2]")
    ask(page)

    # Then the page shows every character of both, and is what it was
    answer = page.locator(".result pre")
    expect(answer).to_contain_text("<img src=x onerror=")
    page.get_by_label("Content type").fill("text/csv")
    ask(page)
    expect(page.locator(".card > .problem")).to_contain_text(
        re.compile(rf"answered with 500: ValueError: {re.escape(HOSTILE)} \(code/inference\.py:\d+\)$")
    )
    traceback = page.locator("details", has_text="Traceback").locator("pre")
    expect(traceback).to_be_hidden()
    page.get_by_text("Traceback", exact=True).click()
    assert traceback.inner_text().splitlines()[:2] == [HOSTILE, "Traceback (most recent call last):"]
    assert page.locator("main img, main script").count() == 0
    assert page.title() == f"{name} - Slipway"
    screenshots.take(page, "endpoint")

    # When its log is read, and it is deleted from the page, which is not due to ask again
    page.get_by_role("button", name="Show log").click()
    expect(page.locator(".log")).to_contain_text("Starting the model server.")
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()

    # Then the page shows that at once, and can wake it
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(f"{name} Delet(ing|ed)"))
    page.clock.resume()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Deleted")

    # And, opened again, it offers nothing that a deleted endpoint cannot do: its log is still there
    go(page, "#/endpoints")
    go(page, f"#/endpoints/{name}")
    for button in ("Invoke", "Scale", "Delete", "Copy"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    expect(page.get_by_text("There is no endpoint of this name, so nothing can be invoked.")).to_be_visible()
    page.get_by_role("button", name="Show log").click()
    expect(page.locator(".log")).to_contain_text("Starting the model server.")
    screenshots.take(page, "endpoint-deleted")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Wake").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Redeployed")


def test_a_failed_deployment_is_explained_with_the_container_s_own_words(page: Page, screenshots: Screenshots) -> None:
    name = endpoint_name("broken")
    deploy(page, name, crashing())

    failure = page.locator(".failure")
    expect(failure.get_by_role("heading", level=2)).to_have_text("ModelCodeFailed")
    expect(failure).to_contain_text("did not pass the ping health check")
    expect(failure).to_contain_text("What to do: Correct code/inference.py:")
    expect(failure.locator(".log")).to_contain_text(f"RuntimeError: the model is upside down: {HOSTILE}")
    expect(failure).to_contain_text(f"Model {name}-")
    expect(page.locator('.node[data-state="Failed"]')).to_have_class(re.compile("seen"))
    assert page.locator("main img, main script").count() == 0
    screenshots.take(page, "deployment-failed")
    go(page, "#/deployments")
    expect(page.get_by_role("row", name=name)).to_contain_text("ModelCodeFailed")
    screenshots.take(page, "deployments")


def test_what_proved_a_version_is_shown(page: Page, account: Account, screenshots: Screenshots) -> None:
    # Given a deployment that ended, whose outcome has samples, alarms that fired, and an analysis of its traffic
    name = endpoint_name("proven")
    arn = account.start({"EndpointName": name, "ModelDataUrl": "s3://nowhere/model.tar.gz", "Framework": "sklearn"})
    account.end_of(arn)
    sample = {"Sample": "seven", "Status": 200, "LatencyMilliseconds": 12, "Verdict": "Failed", "Difference": HOSTILE}
    alarm = {"AlarmName": "slipway/a/InvocationModelErrors", "Reason": "", "Values": [0.3125], "Threshold": 0.05}
    errors = {"Errors4XX": 0, "Errors5XX": 0, "ModelErrors": 0}
    old = {"EndpointConfigName": "a-old", "Invocations": 1000, **errors, "MedianLatencyMs": 9.5, "P95LatencyMs": 20.0}
    new = {**old, "EndpointConfigName": "a-new", "Invocations": 40, "ModelErrors": 5, "P95LatencyMs": None}
    variant = {"VariantName": "AllTraffic", "Verdict": "Failed", "Message": "", "Old": old, "New": new}
    times = {"Since": "2026-11-28T12:00:00Z", "Until": "2026-11-28T12:30:00Z"}
    shown = {
        "SmokeTest": {"Verdict": "Failed", "Samples": [sample]},
        "FiredAlarms": [alarm],
        "LogTail": [f"line {number}" for number in range(60)],
        "TrafficAnalysis": {"Verdict": "Failed", "Message": "", "Variants": [variant], **times},
    }

    def answer(route: Route) -> None:
        found = route.fetch().json()
        route.fulfill(json={**found, "Explanation": {**found["Explanation"], **shown}})

    page.route(re.compile("/api/executions/[^/]+$"), answer)

    # When its page is opened
    go(page, f"#/deployments/{arn.rpartition(':')[2]}")

    # Then each has a table, both versions side by side
    expect(page.get_by_role("row", name="seven")).to_contain_text(HOSTILE)
    expect(page.get_by_role("row", name="InvocationModelErrors")).to_contain_text("0.3125")
    expect(page.get_by_role("row", name="Model errors")).to_have_text("Model errors05 (12.5 %)")
    expect(page.get_by_role("row", name="95th percentile")).to_have_text("95th percentile20 ms-")
    assert page.locator("main img, main script").count() == 0
    assert position(page) == "end"
    screenshots.take(page, "deployment-proof")


def test_a_log_is_shown_at_its_end_unless_its_reader_has_left_it(page: Page) -> None:
    # Given an endpoint whose log has grown each time that it is read
    lines = [f"line {number}" for number in range(60)]
    name = endpoint_name("logging")

    def answer(route: Route) -> None:
        lines.append(f"read at {len(lines)}")
        route.fulfill(json={"Lines": lines})

    def show() -> None:
        wanted = f"read at {len(lines)}"
        page.get_by_role("button", name="Show log").click()
        expect(page.locator(".log")).to_contain_text(wanted)

    page.route(f"**/api/endpoints/{name}/log", answer)
    go(page, f"#/endpoints/{name}")

    # When it is shown, and shown again, then its end is there
    show()
    assert position(page) == "end"
    show()
    assert position(page) == "end"

    # When its reader has gone to its start, then that stays
    page.locator(".log").evaluate("log => { log.scrollTop = 0 }")
    show()
    assert position(page) == "start"


def test_each_version_can_be_put_back_whatever_its_row_says(
    page: Page, account: Account, screenshots: Screenshots
) -> None:
    # Given versions with long messages, errors and times
    names = {
        "EndpointConfigName": "fraud-2025161ebd5e",
        "Artifact": "s3://m/uploads/37a0/frauddetectionmodel_v1.tar.gz",
    }
    about = {"Name": "fraud-1", "Digest": "37a02b08", "Hosting": "ml.m5.large x 2", "Image": "sklearn:1.9-0-cpu-py3"}
    started = {"StartedAt": (datetime.now(UTC) - timedelta(seconds=98)).isoformat()}
    ended = {"Outcome": "ContainerStartupTimedOut", "HasFailed": True, "State": "Not kept", "Message": ""}
    kept = {"Outcome": "Updated", "HasFailed": False, "State": "Kept", "Message": "Retrained with October's data" * 3}
    rows = [{**names, **about, **started, **one} for one in (kept, ended, {**kept, "Message": "", "State": "Serving"})]
    name = endpoint_name("versions")
    page.route(f"**/api/endpoints/{name}/history", lambda route: route.fulfill(json={"Deployments": rows}))

    # When the endpoint's page is opened
    go(page, f"#/endpoints/{name}")

    # Then nothing of the table is cut, and no number of instances is alone in a line
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Deleted")
    expect(page.get_by_role("button", name="Roll back")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="ContainerStartupTimedOut")).to_contain_text("1 min")
    assert [lines_of(one) for one in page.get_by_role("cell", name="ml.m5.large").all()] == [1, 1, 1]
    screenshots.take(page, "endpoint-versions")


def test_an_endpoint_is_deleting_from_the_click_until_that_is_refused(page: Page) -> None:
    # Given an endpoint that the server is slow to delete
    name = endpoint_name("slow")
    when = datetime.now(UTC).isoformat()
    endpoint = {
        "EndpointName": name,
        "EndpointStatus": "InService",
        "EndpointConfigName": f"{name}-1",
        "Artifact": "s3://m/model.tar.gz",
        "Variants": [{"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "CurrentInstanceCount": 1}],
        "CreationTime": when,
        "LastModifiedTime": when,
        "EstimatedCostPerHour": None,
    }
    deletions: list[Route] = []

    def answer(route: Route) -> None:
        if route.request.method == "DELETE":
            deletions.append(route)
        else:
            route.fulfill(json=endpoint)

    page.clock.install()
    page.route(f"**/api/endpoints/{name}", answer)
    go(page, f"#/endpoints/{name}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(f"{name} InService")

    # When it is deleted, then it is Deleting at once
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(heading).to_have_text(f"{name} Deleting")

    # And stays so when SageMaker, which has not been asked yet, still says InService
    endpoint["AutoScaling"] = "1 to 4"
    page.clock.fast_forward(15_000)
    expect(page.get_by_text("1 to 4")).to_be_visible()
    expect(heading).to_have_text(f"{name} Deleting")
    expect(page.get_by_role("button", name="Scale")).to_be_disabled()

    # When the deletion is refused, then it is what it was
    deletions[0].fulfill(status=422, json={"Error": "EndpointChanging", "Message": "A deployment is under way."})
    expect(page.get_by_text("A deployment is under way.")).to_be_visible()
    expect(heading).to_have_text(f"{name} InService")
    expect(page.get_by_role("button", name="Delete")).to_be_enabled()


def test_a_rollout_that_failed_is_continued_from_its_page(
    page: Page, account: Account, screenshots: Screenshots
) -> None:
    # Given a rollout of two waves, whose first line names an archive that is not there
    names = [endpoint_name(f"fleet-{number}") for number in range(3)]
    there = account.upload(f"fleet/{names[0]}/model.tar.gz", detecting())
    missing = f"fleet/{names[0]}/missing.tar.gz"
    uris = [f"s3://{account.description.model_bucket}/{missing}", there, there]
    lines = [
        {"EndpointName": name, "ModelDataUrl": uri, "Framework": "pytorch", "InstanceType": "ml.m5.large"}
        for name, uri in zip(names, uris, strict=True)
    ]
    manifest = account.upload(f"rollouts/{names[0]}.jsonl", "\n".join(map(json.dumps, lines)).encode())
    request = {"ManifestUrl": manifest, "Waves": [{"Count": 1}, {"MaxConcurrency": 2}]}
    arn = account.start(request, "RollOutStateMachineArn")
    account.end_of(arn)
    name = arn.rpartition(":")[2]

    # When it is opened from the list
    page.get_by_role("link", name="Rollouts").click()
    expect(page.get_by_role("row", name=name)).to_contain_text("Failed1 failed, 2 not started")
    screenshots.take(page, "rollouts")
    page.get_by_role("link", name=name).click()

    # Then it says which line failed, and why no other has started
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Failed")
    expect(page.locator(".failure")).to_contain_text("States.ExceedToleratedFailureThreshold")
    expect(page.get_by_role("row", name=names[0])).to_contain_text("ArtifactNotFound")
    expect(page.locator("dl").get_by_text("Not started").locator("+ dd")).to_have_text("2")
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert page.locator("main img, main script").count() == 0
    screenshots.take(page, "rollout-failed")

    # When it is redriven after the cause is fixed, and SageMaker is slow with the last line
    account.upload(missing, detecting())
    order(account, Fault="StuckCreating", EndpointName=names[2])
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Redrive").click()

    # Then the lines of each wave are counted while it runs, and it ends with all of them
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Running")
    expect(page.get_by_role("row", name=re.compile("^2"))).to_have_text("21010")
    screenshots.take(page, "rollout-running")
    clear_faults(account)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} Completed")
    expect(page.get_by_role("row", name=re.compile("^2"))).to_have_text("22000")
    screenshots.take(page, "rollout-completed")
    for one in names:
        account.delete(one)


def test_the_form_shows_what_an_instance_costs_before_it_is_deployed(page: Page) -> None:
    go(page, "#/deploy")
    instance = page.get_by_label("Instance type")
    price = page.locator("form [aria-live]")

    expect(price).to_contain_text("ml.m5.large costs about $")  # the stack's default
    instance.fill("ml.g5.xlarge")
    expect(price).to_contain_text("ml.g5.xlarge costs about $")
    instance.fill("ml.m5.xlrge")
    expect(price).to_have_text("The price of ml.m5.xlrge is not known.")


def test_what_cannot_be_deployed_is_refused_on_the_form(page: Page, screenshots: Screenshots) -> None:
    deploy(page, endpoint_name("text"), b"This is not a model.\n")

    expect(page.locator(".problem")).to_contain_text("gzip")
    assert hash_of(page) == "#/deploy"
    screenshots.take(page, "deploy-refused")
