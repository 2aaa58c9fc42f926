"""Other pages, and what others have named, logged and answered: none of it gets at the console."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.integration.console.browser import Screenshots, go
from tests.integration.console.models import HOSTILE
from tests.integration.deployments import Account

pytestmark = pytest.mark.integration

WHEN = "2026-11-22T12:00:00Z"
ENDPOINT = {
    "EndpointName": HOSTILE,
    "EndpointStatus": HOSTILE,
    "Kind": "RealTime",
    "CreationTime": WHEN,
    "LastModifiedTime": WHEN,
    "EndpointConfigName": HOSTILE,
    "PendingEndpointConfigName": HOSTILE,
    "Variants": [{"VariantName": HOSTILE, "InstanceType": HOSTILE, "CurrentInstanceCount": 1}],
    "FailureReason": HOSTILE,
    "Artifact": HOSTILE,
    "EstimatedCostPerHour": 0.5,
    "Use": {"IsUsed": None, "Since": None, "OrEarlier": False, "Reason": HOSTILE},
}
VISIT = {"Name": HOSTILE, "Type": "Task", "EnteredAt": WHEN, "ExitedAt": None, "Errors": [HOSTILE], "HasFailed": True}
EXPLANATION = {
    "Error": HOSTILE,
    "Message": HOSTILE,
    "Hint": HOSTILE,
    "LogTail": [HOSTILE],
    "Resources": {"Removed": [HOSTILE], "Kept": [HOSTILE]},
}
EXECUTION = {
    "Name": HOSTILE,
    "Status": "FAILED",
    "Outcome": HOSTILE,
    "Error": HOSTILE,
    "EndpointName": HOSTILE,
    "StartedAt": WHEN,
    "EndedAt": WHEN,
    "CurrentState": HOSTILE,
    "States": [VISIT],
    "Output": {"EndpointConfigName": HOSTILE, "ModelName": HOSTILE, "ImageUri": HOSTILE},
    "Explanation": EXPLANATION,
}
DEPLOYMENT = {
    "StartedAt": WHEN,
    "Outcome": HOSTILE,
    "HasFailed": True,
    "EndpointConfigName": HOSTILE,
    "State": "Kept",
    "Artifact": HOSTILE,
    "Image": HOSTILE,
    "Digest": HOSTILE,
    "Hosting": HOSTILE,
    "Message": HOSTILE,
    "Name": HOSTILE,
}
NODE = {"name": HOSTILE, "kind": "Task", "failing": False, "x": 100, "y": 20}
WORKFLOW = {
    "width": 200,
    "height": 40,
    "node_width": 180,
    "node_height": 24,
    "rescue": HOSTILE,
    "nodes": [NODE],
    "edges": [{"source": HOSTILE, "target": HOSTILE, "label": HOSTILE, "failing": True, "path": "M1,2 H3"}],
}

# What a page of another site would try; its title says the result.
ATTACK = """<!doctype html><title>trying</title><script>
const base = "%(console)s";
const tried = async (work) => work().then((answer) => answer.type + answer.status, (error) => error.name);
(async () => {
  const body = JSON.stringify({EndpointName: "attacked", EndpointConfigName: "attacked"});
  const post = {method: "POST", body, credentials: "include"};
  const results = [
    await tried(() => fetch(base + "api/endpoints", {credentials: "include"})),
    await tried(() => fetch(base + "api/executions", post)),
    await tried(() => fetch(base + "api/executions", {...post, mode: "no-cors"})),
    await tried(() => fetch(base, {credentials: "include"})),
  ];
  document.title = "tried " + results.join(" ");
})();
</script><iframe src="%(console)s"></iframe>"""


@pytest.fixture
def attacker(address: str) -> Iterator[str]:
    """Return the address of a page that attacks the console, on another port of the same host: the same site."""
    content = (ATTACK % {"console": address.split("?", 1)[0]}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def answering(content: object) -> Callable[[Route], None]:
    return lambda route: route.fulfill(json=content)


def test_another_page_can_neither_read_nor_change_anything(
    browser: Browser, account: Account, address: str, attacker: str
) -> None:
    # Given a browser that has the console open, with its cookie
    context = browser.new_context()
    context.new_page().goto(address)
    page = context.new_page()

    # When it opens a page of another site
    page.goto(attacker)
    expect(page).to_have_title(re.compile("^tried "))

    # Then that page learns nothing, frames nothing, and has started nothing
    assert page.title() == "tried TypeError TypeError TypeError TypeError"
    assert page.frames[1].url.startswith("chrome-error:")
    arn = account.description.state_machine_arn
    names = [one["name"] for one in account.stepfunctions.list_executions(stateMachineArn=arn)["executions"]]
    assert not [name for name in names if name.startswith("attacked")]
    context.close()


def test_the_address_does_not_work_without_its_key(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()

    answer = page.goto(address.split("?", 1)[0])

    assert answer is not None
    assert answer.status == 403
    assert "slipway console" in answer.text()
    context.close()


def test_names_logs_and_errors_of_others_are_text_wherever_they_are_shown(page: Page, screenshots: Screenshots) -> None:
    # Given a server whose every word is markup
    answers = {
        "/api/endpoints": {"Endpoints": [ENDPOINT], "Prices": HOSTILE},
        "/api/endpoints/[^/]+": ENDPOINT,
        "/api/endpoints/[^/]+/history": {"Deployments": [DEPLOYMENT]},
        "/api/executions(\\?.*)?": {"Executions": [EXECUTION]},
        "/api/executions/[^/]+": EXECUTION,
        "/api/executions/[^/]+/workflow": WORKFLOW,
    }
    for path, answer in answers.items():
        page.route(re.compile(f"{path}$"), answering(answer))

    # When each view shows it, then nothing of it is an element
    for view in ("#/endpoints", "#/endpoints/x", "#/deployments", "#/deployments/x"):
        go(page, "#/deploy")
        go(page, view)
        expect(page.locator("main")).to_contain_text(HOSTILE)
        assert page.locator("main img, main script").count() == 0, view
        assert "taken" not in page.title().split(HOSTILE)
    screenshots.take(page, "hostile")


def test_the_browser_itself_refuses_to_make_elements_of_text(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)

    with pytest.raises(PlaywrightError, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>text</b>'")
    context.close()


def test_what_is_wrong_is_said_in_words_until_it_is_well_again(page: Page, screenshots: Screenshots) -> None:
    # Given credentials that have expired
    words = "The AWS credentials have expired: run `aws configure` or `aws sso login`."
    well = {"Endpoints": [], "Prices": ""}
    expired = {"Error": "CredentialsMissing", "Message": words}
    page.route(re.compile("/api/endpoints$"), answering(well))
    page.route(re.compile("/api/endpoints$"), lambda route: route.fulfill(status=502, json=expired), times=1)

    # When the page asks
    page.clock.install()
    go(page, "#/deploy")
    go(page, "#/endpoints")

    # Then it says so, and says what to do when there is nothing to show
    expect(page.get_by_role("alert").first).to_have_text(f"Credentials Missing: {words}")
    screenshots.take(page, "trouble")
    page.clock.fast_forward(5_000)
    expect(page.get_by_role("alert").first).to_be_hidden()
    expect(page.locator(".empty")).to_contain_text("This stack has no endpoint yet.")
    screenshots.take(page, "empty")
    page.unroute(re.compile("/api/endpoints$"))

    # And a console that has ended is said to have
    page.route(re.compile("/api/"), lambda route: route.abort())
    go(page, "#/deployments")
    expect(page.get_by_role("alert").first).to_contain_text("The console does not answer any more.")


def test_the_keyboard_is_enough(page: Page) -> None:
    # Given two endpoints, one of them on its way
    page.clock.install()
    endpoints = [
        {**ENDPOINT, "Variants": [], "EndpointName": name, "EndpointStatus": "Creating"} for name in ("first", "second")
    ]
    endpoints[1]["CandidateOf"] = "another"
    page.route(re.compile("/api/endpoints$"), lambda route: route.fulfill(json={"Endpoints": endpoints, "Prices": ""}))
    page.route(re.compile("/api/endpoints/"), lambda route: route.fulfill(json=endpoints[1]))
    go(page, "#/deploy")
    go(page, "#/endpoints")
    expect(page.get_by_role("row", name="second")).to_contain_text("candidate of another")

    # When its link is reached with the tabulator, and the list is drawn again meanwhile
    page.get_by_role("link", name="second").focus()
    endpoints[0]["EndpointStatus"] = "InService"
    page.clock.fast_forward(2_000)
    expect(page.get_by_role("row", name="first")).to_contain_text("InService")

    # Then the focus is where it was, and Enter opens the endpoint
    expect(page.get_by_role("link", name="second")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("second Creating")
    assert page.evaluate("document.activeElement.id") == "content"
