// What can be done to an endpoint: each change is confirmed, and leads to the deployment that it starts.

import { change, get } from "./api.js";
import { el } from "./dom.js";
import { fileOf } from "./format.js";
import { ago, askAgain } from "./live.js";
import { pill, table } from "./words.js";

const IDLE = ["InService", "Failed", "OutOfService", "UpdateRollbackFailed"];

/** Return the buttons; `show(endpoint)` enables those that its status allows. A deleted endpoint still has its log. */
export function actions(name, onDeletion) {
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const log = el("pre", { tabindex: "0", class: "log", hidden: true });
  const remove = el("button", { type: "button", class: "plain danger", disabled: true, click: () => run(remove, deletion) }, "Delete");
  const logs = el("button", { type: "button", class: "plain", click: () => run(logs, showLog) }, "Show log");
  const scale = el("button", { type: "button", class: "plain", disabled: true, click: () => run(scale, scaling) }, "Scale");
  const element = el("div", {}, el("p", { class: "buttons" }, logs, scale, remove), problem, log);
  let instances = 1;
  let isDeleting = false;
  return { element, show, isDeleting: () => isDeleting };

  function show({ EndpointStatus: status, Kind: kind, Variants: variants = [] }) {
    remove.hidden = scale.hidden = status === "Deleted";
    remove.disabled = !IDLE.includes(status);
    scale.disabled = status !== "InService" || kind === "Serverless";
    instances = variants[0]?.CurrentInstanceCount ?? 1;
  }

  async function run(button, action) {
    const before = button.disabled;
    button.disabled = true;
    problem.hidden = true;
    try {
      await action();
    } catch (trouble) {
      problem.textContent = trouble.message;
      problem.hidden = false;
    } finally {
      button.disabled = before;
    }
  }

  async function showLog() {
    const { Lines: lines } = await get(`/api/endpoints/${encodeURIComponent(name)}/log`);
    // The end explains a failure. Who reads further up stays there.
    const isAtEnd = log.scrollHeight - log.clientHeight - log.scrollTop <= 1;
    log.textContent = lines.length ? lines.join("\n") : "No lines in the last hour.";
    log.hidden = false;
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }

  async function scaling() {
    const wanted = prompt(`How many instances shall ${name} have? None is replaced, and scaling by load ends.`, instances);
    if (wanted === null) return;
    const { Name: started } = await change("POST", name, "/scale", { Instances: Number(wanted) });
    location.hash = `#/deployments/${encodeURIComponent(started)}`;
  }

  async function deletion() {
    if (!confirm(`Delete the endpoint ${name}? Its versions stay, and Wake brings it back.`)) return;
    isDeleting = true;
    onDeletion();
    try {
      await change("DELETE", name);
    } finally {
      isDeleting = false;
      askAgain();
    }
  }
}

/** Return the versions and deployments of an endpoint; what is kept can be put back. */
export function historyTable(name, deployments) {
  const serves = deployments.some((one) => ["Serving", "Pending"].includes(one.State));
  const newest = new Map(deployments.map((one) => [one.EndpointConfigName, one]).reverse());
  const rows = deployments.map((one) => [
    one.Name ? el("a", { href: `#/deployments/${encodeURIComponent(one.Name)}`, "data-key": one.Name }, ago(one.StartedAt)) : ago(one.StartedAt),
    one.HasFailed ? pill("FAILED", one.Outcome) : one.Outcome,
    el("span", { title: one.EndpointConfigName, class: "nowrap" }, one.EndpointConfigName.split("-").at(-1)),
    el("span", { title: `${one.Artifact} ${one.Image}` }, one.Message || fileOf(one.Artifact), " ", el("span", { class: "quiet nowrap" }, one.Digest)),
    one.Hosting.replaceAll(" x ", "\u00a0×\u00a0"),
    one.State === "Kept" && newest.get(one.EndpointConfigName) === one ? restore(name, one, serves) : one.State,
  ]);
  return table([["When"], ["Outcome"], ["Version"], ["What", "wide"], ["Runs on", "words"], ["Is", "words"]], rows);
}

function restore(name, one, serves) {
  const button = el("button", { type: "button", class: "plain", click: put, "data-key": `restore-${one.EndpointConfigName}` }, serves ? "Roll back" : "Wake");
  const problem = el("span", { class: "bad", role: "alert" });
  return el("span", {}, button, problem);

  async function put() {
    const word = serves ? "Put version" : "Wake the endpoint with version";
    if (!confirm(`${word} ${one.EndpointConfigName}${serves ? " back into service" : ""}?`)) return;
    button.disabled = true;
    try {
      const { Name: started } = await change("POST", name, "/rollback", { EndpointConfigName: one.EndpointConfigName });
      location.hash = `#/deployments/${encodeURIComponent(started)}`;
    } catch (trouble) {
      problem.textContent = ` ${trouble.message}`;
      button.disabled = false;
    }
  }
}
