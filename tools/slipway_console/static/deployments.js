// Deployments: the newest executions of the workflow, and one of them as it goes.

import { get } from "./api.js";
import { el, refill } from "./dom.js";
import { secondsBetween, stay } from "./format.js";
import { ago } from "./live.js";
import { workflowPicture } from "./picture.js";
import { proof } from "./proof.js";
import { breakable, card, empty, facts, pill, table, waiting } from "./words.js";

const CALM = 10;
const RUNNING = 1;

export function showDeployments(content, ask) {
  const list = el("div", {}, waiting());
  refill(content, el("h1", {}, "Deployments"), list);
  ask(
    (signal) => get("/api/executions", signal),
    ({ Executions: found }) => refill(list, found.length ? deploymentTable(found) : nothing()),
    ({ Executions: found }) => (found.some((one) => one.Status === "RUNNING") ? 2 * RUNNING : CALM),
  );
}

function deploymentTable(executions) {
  const columns = [["Deployment"], ["Outcome"], ["Started"], ["Took", "number"]];
  const rows = executions.map((one) => [
    el(
      "a",
      { href: `#/deployments/${encodeURIComponent(one.Name)}`, "data-key": one.Name, title: one.Name },
      one.EndpointName || one.Name,
    ),
    pill(status(one), outcome(one)),
    ago(one.StartedAt),
    stay(secondsBetween(one.StartedAt, one.EndedAt)),
  ]);
  return table(columns, rows);
}

export function showDeployment(content, ask, name) {
  const heading = el("h1", {}, "Deployment");
  const about = el("div", {}, waiting());
  const ending = el("div", {});
  const stays = el("div", {});
  const frame = el("div", { class: "picture" }, waiting());
  const whole = el("details", {}, el("summary", {}, "Show the whole workflow"), frame);
  let picture = null;
  refill(
    content,
    el("p", { class: "trail" }, el("a", { href: "#/deployments" }, "Deployments")),
    heading,
    el("div", { class: "columns" }, card("Path", stays, whole), el("div", {}, ending, card("About", about))),
  );
  ask(question, draw, ([one]) => (one.Status === "RUNNING" ? RUNNING : 3600));

  async function question(signal) {
    const path = `/api/executions/${encodeURIComponent(name)}`;
    return [await get(path, signal), picture ? null : await get(`${path}/workflow`, signal)];
  }

  function draw([one, workflow]) {
    if (workflow) {
      picture = workflowPicture(workflow);
      refill(frame, picture.element);
    }
    picture.light(one);
    refill(heading, one.EndpointName || "Deployment", " ", pill(status(one), outcome(one)));
    document.title = `${one.EndpointName} ${outcome(one)} - Slipway`;
    refill(about, aboutDeployment(one));
    refill(ending, one.Explanation && failure(one.Explanation), ...proof(one.Explanation ?? one.Output ?? {}));
    for (const log of ending.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;
    refill(stays, stayTable(one));
  }
}

function aboutDeployment(one) {
  const link = one.EndpointName && el("a", { href: `#/endpoints/${encodeURIComponent(one.EndpointName)}`, "data-key": "endpoint" }, one.EndpointName);
  return facts([
    ["Endpoint", link],
    ["Now", [one.CurrentState, one.WaitsFor].filter(Boolean).join(": ")],
    ["Started", ago(one.StartedAt)],
    ["Took", one.EndedAt && stay(secondsBetween(one.StartedAt, one.EndedAt))],
    ["Configuration", one.Output?.EndpointConfigName],
    ["Model", one.Output?.ModelName],
    ["Image", one.Output?.ImageUri],
    ["Execution", one.Name],
  ]);
}

function failure(explanation) {
  const { Removed: removed = [], Kept: kept = [] } = explanation.Resources ?? {};
  const log = explanation.LogTail ?? [];
  return el(
    "section",
    { class: "card failure" },
    el("h2", {}, breakable(explanation.Error)),
    el("p", {}, explanation.Message),
    explanation.Hint ? el("p", { class: "hint" }, el("strong", {}, "What to do: "), explanation.Hint) : null,
    log.length ? [el("h3", {}, "Container log"), el("pre", { tabindex: "0", class: "log" }, log.join("\n"))] : null,
    facts([
      ["Removed", removed.join(", ")],
      ["Kept", kept.join(", ")],
    ]),
  );
}

/** Return the states that did something, in their order: the path that the execution has taken. */
function stayTable(one) {
  const shown = joined(one.States.filter((visit) => !["Choice", "Pass"].includes(visit.Type)));
  const rows = shown.map((visit) => [
    visit.Name === one.CurrentState ? el("strong", {}, `${visit.Name} …`) : visit.Name,
    stay(visit.seconds),
    remarks(visit).length ? el("span", { class: visit.HasFailed ? "bad" : "quiet" }, remarks(visit).join(", ")) : null,
  ]);
  return table([["State"], ["Took", "number"], ["Remarks"]], rows);
}

function remarks(visit) {
  const times = visit.count > 1 ? [`entered ${visit.count} times`] : [];
  return [...times, ...new Set(visit.Errors)];
}

// A state that was entered again and again is one line, where it was entered first.
function joined(visits) {
  const lines = new Map();
  for (const visit of visits) {
    const before = lines.get(visit.Name);
    lines.set(visit.Name, {
      ...visit,
      Errors: [...(before?.Errors ?? []), ...visit.Errors],
      count: (before?.count ?? 0) + 1,
      seconds: (before?.seconds ?? 0) + secondsBetween(visit.EnteredAt, visit.ExitedAt),
    });
  }
  return [...lines.values()];
}

// What another deployment has replaced did not fail, and does not serve.
function status(one) {
  return one.Outcome === "Superseded" ? one.Outcome : one.Status;
}

function outcome(one) {
  return one.Error || one.Outcome;
}

function nothing() {
  return empty(
    "Nothing has been deployed with this stack yet.",
    el("span", {}, el("a", { href: "#/deploy" }, "Deploy a model"), " here, upload an archive to models/<EndpointName>/ in the model bucket, or run slipway deploy."),
  );
}
