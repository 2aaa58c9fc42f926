// Endpoints: all of them, and one with what it serves and a place to try it.

import { get } from "./api.js";
import { el, refill } from "./dom.js";
import { actions, historyTable } from "./actions.js";
import { dollars, fileOf, instances, secondsSince } from "./format.js";
import { ago } from "./live.js";
import { snippets } from "./snippets.js";
import { tryIt } from "./tryit.js";
import { card, empty, facts, pill, table, waiting } from "./words.js";

const CALM = 15;
const BUSY = 2;

export function showEndpoints(content, ask) {
  const list = el("div", {}, waiting());
  const sum = el("p", { class: "sum" });
  refill(content, el("h1", {}, "Endpoints"), sum, list);
  ask((signal) => get("/api/endpoints", signal), draw, pause);

  function draw({ Endpoints: endpoints, Prices: prices }) {
    refill(sum, total(endpoints, prices));
    refill(list, endpoints.length ? endpointTable(endpoints) : nothing());
  }

  function pause({ Endpoints: endpoints }) {
    return endpoints.some((endpoint) => isBusy(endpoint.EndpointStatus)) ? BUSY : CALM;
  }
}

export function showEndpoint(content, ask, name) {
  const about = el("div", {}, waiting());
  const history = el("div", {}, waiting());
  const status = el("span", {});
  let last = null;
  const buttons = actions(name, () => draw(last));
  const trial = tryIt(name);
  const code = card("From your code", snippets(name));
  refill(
    content,
    el("p", { class: "trail" }, el("a", { href: "#/endpoints" }, "Endpoints")),
    el("h1", {}, name, " ", status),
    el(
      "div",
      { class: "columns" },
      card("About", about, buttons.element),
      trial.element,
    ),
    card("Versions", history),
    code,
  );
  ask(question, draw, (one) => (isBusy(one.EndpointStatus) ? BUSY : CALM));
  ask((stop) => get(`/api/endpoints/${encodeURIComponent(name)}/history`, stop), drawHistory, () => CALM);

  async function question(stop) {
    try {
      return await get(`/api/endpoints/${encodeURIComponent(name)}`, stop);
    } catch (problem) {
      if (problem.name === "EndpointNotFound") return { EndpointStatus: "Deleted" };
      throw problem;
    }
  }

  function draw(answer) {
    last = answer;
    // Deleting ends scaling and components first, so that SageMaker's status is an earlier one for a while.
    const isDeleting = buttons.isDeleting() && answer.EndpointStatus !== "Deleted";
    const endpoint = isDeleting ? { ...answer, EndpointStatus: "Deleting" } : answer;
    buttons.show(endpoint);
    trial.element.hidden = code.hidden = endpoint.EndpointStatus === "Deleted";
    if (endpoint.EndpointStatus === "Deleted") {
      refill(status, pill("Deleted"));
      refill(about, el("p", { class: "quiet" }, "There is no endpoint of this name, so nothing can be invoked. Wake restores a version that is kept, from the list below. The log has what was written in the last hour."));
      return;
    }
    refill(status, pill(endpoint.EndpointStatus));
    refill(about, aboutEndpoint(endpoint));
  }

  function drawHistory({ Deployments: deployments }) {
    trial.suggest(deployments.find((one) => one.State === "Serving")?.Image ?? "");
    const none = el("p", { class: "quiet" }, "No deployment of it is known to the stack.");
    refill(history, deployments.length ? historyTable(name, deployments) : none);
  }
}

function endpointTable(endpoints) {
  const columns = [["Endpoint"], ["Status"], ["Serves", "wide"], ["Runs on", "words"], ["Age"], ["Per hour", "number"], ["Use"]];
  const rows = endpoints.map((endpoint) => [
    el("a", { href: `#/endpoints/${encodeURIComponent(endpoint.EndpointName)}`, "data-key": endpoint.EndpointName }, endpoint.EndpointName),
    pill(endpoint.EndpointStatus),
    el("span", { title: endpoint.Artifact }, serves(endpoint)),
    runsOn(endpoint),
    ago(endpoint.CreationTime, ""),
    price(endpoint),
    use(endpoint.Use),
  ]);
  return table(columns, rows);
}

function serves({ CandidateOf: of, Artifact: artifact, EndpointConfigName: config }) {
  return of ? `candidate of ${of}` : fileOf(artifact) || config;
}

function aboutEndpoint(endpoint) {
  return facts([
    ["Why", endpoint.FailureReason && el("span", { class: "bad" }, endpoint.FailureReason)],
    ["Serves", endpoint.Artifact],
    ["Configuration", endpoint.EndpointConfigName],
    ["Changing to", endpoint.PendingEndpointConfigName],
    ["Runs on", runsOn(endpoint)],
    ["Scaling", endpoint.AutoScaling],
    ["Per hour", price(endpoint)],
    ["Use", use(endpoint.Use)],
    ["Created", ago(endpoint.CreationTime)],
    ["Changed", ago(endpoint.LastModifiedTime)],
  ]);
}

function runsOn(endpoint) {
  if (endpoint.Kind === "Serverless") return "serverless";
  const text = endpoint.Variants.map((one) => instances(one.InstanceType, one.CurrentInstanceCount)).join(", ");
  return endpoint.Kind === "Asynchronous" ? `${text}, asynchronous` : text;
}

function price(endpoint) {
  if (endpoint.EstimatedCostPerHour === null) return el("span", { class: "quiet", title: "No price is known for it." }, "unknown");
  return el("span", { title: "An estimate." }, dollars(endpoint.EstimatedCostPerHour));
}

function use(found) {
  if (!found) return "";
  if (found.IsUsed === null) return el("span", { class: "quiet", title: found.Reason }, "unknown");
  if (found.IsUsed) return el("span", { title: found.Reason }, "used ", ago(found.Since));
  // An endpoint that has just come up is not to be worried about.
  const kind = secondsSince(found.Since) > 3600 ? "warn" : "";
  return el("span", { class: kind }, found.OrEarlier ? "idle for more than " : "idle for ", ago(found.Since, ""));
}

function total(endpoints, prices) {
  const known = endpoints.filter((endpoint) => endpoint.EstimatedCostPerHour !== null);
  if (!known.length) return "";
  const sum = known.reduce((before, endpoint) => before + endpoint.EstimatedCostPerHour, 0);
  const partly = known.length < endpoints.length ? `, without ${endpoints.length - known.length} of unknown price` : "";
  return `About ${dollars(sum)} per hour together${partly}: an estimate, on-demand prices of ${prices}.`;
}

function nothing() {
  return empty(
    "This stack has no endpoint yet.",
    el("span", {}, el("a", { href: "#/deploy" }, "Deploy a model"), " here, upload an archive to models/<EndpointName>/ in the model bucket, or run slipway deploy."),
    "An endpoint that idle cleanup deleted comes back with slipway wake.",
  );
}

function isBusy(status) {
  return ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"].includes(status);
}
