// Rollouts: the newest, and one with its waves, its failed lines, and the buttons that stop and continue it.

import { control, get } from "./api.js";
import { el, refill } from "./dom.js";
import { dollars, instances, secondsBetween, stay } from "./format.js";
import { ago, askAgain } from "./live.js";
import { breakable, card, empty, facts, pill, table, waiting } from "./words.js";

const CALM = 15;
const RUNNING = 2;
const COUNTS = ["Succeeded", "Failed", "Running", "Pending"];

export function showRollouts(content, ask) {
  const list = el("div", {}, waiting());
  refill(content, el("h1", {}, "Rollouts"), list);
  ask(
    (signal) => get("/api/rollouts", signal),
    ({ Rollouts: found }) => refill(list, found.length ? rolloutTable(found) : nothing()),
    ({ Rollouts: found }) => (found.some((one) => one.Outcome === "Running") ? RUNNING : CALM),
  );
}

function rolloutTable(rollouts) {
  const rows = rollouts.map((one) => [
    el("a", { href: `#/rollouts/${encodeURIComponent(one.Name)}`, "data-key": one.Name }, one.Name),
    outcomePill(one.Outcome),
    counted(one) || one.Lines,
    ago(one.StartedAt),
    stay(secondsBetween(one.StartedAt, one.EndedAt)),
  ]);
  return table([["Rollout"], ["Outcome"], ["Lines", "words"], ["Started"], ["Took", "number"]], rows);
}

export function showRollout(content, ask, name) {
  const heading = el("h1", {}, name);
  const about = el("div", {}, waiting());
  const waves = el("div", {}, waiting());
  const ending = el("div", {});
  const buttons = controls(name);
  refill(
    content,
    el("p", { class: "trail" }, el("a", { href: "#/rollouts" }, "Rollouts")),
    heading,
    el("div", { class: "columns" }, el("div", {}, card("Waves", waves), card("About", about, buttons.element)), ending),
  );
  ask((signal) => get(`/api/rollouts/${encodeURIComponent(name)}`, signal), draw, (one) => (one.IsRunning ? RUNNING : CALM));

  function draw(one) {
    buttons.show(one);
    refill(heading, name, " ", outcomePill(one.Outcome));
    refill(waves, one.Waves.length ? waveTable(one.Waves) : el("p", { class: "quiet" }, waitsFor(one)));
    refill(about, aboutRollout(one));
    refill(ending, reason(one), refused(one), failures(one));
  }
}

/** Return the buttons; `show(rollout)` enables the one that its state allows. */
function controls(name) {
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const stop = button("Stop", "plain danger", "stop", `Stop the rollout ${name}? No further line starts, and nothing is undone.`);
  const redrive = button("Redrive", "plain", "redrive", `Continue the rollout ${name}? Lines that did not succeed are deployed, then the later waves.`);
  const element = el("div", {}, el("p", { class: "buttons" }, stop, redrive), problem);
  return { element, show };

  function show({ IsRunning: isRunning, IsRedrivable: isRedrivable }) {
    stop.disabled = !isRunning;
    redrive.disabled = !isRedrivable;
  }

  function button(word, kind, action, question) {
    const made = el("button", { type: "button", class: kind, disabled: true, click: run }, word);
    return made;

    async function run() {
      if (!confirm(question)) return;
      made.disabled = true;
      problem.hidden = true;
      try {
        await control(name, action);
        askAgain();
      } catch (trouble) {
        problem.textContent = trouble.message;
        problem.hidden = false;
        made.disabled = false;
      }
    }
  }
}

function waveTable(waves) {
  const columns = [["Wave"], ...COUNTS.map((name) => [name, "number"])];
  return table(columns, waves.map((wave) => [wave.Number, ...COUNTS.map((name) => wave[name])]));
}

function waitsFor(one) {
  if (one.Output?.DryRun) return "A dry run deploys nothing.";
  return one.IsRunning ? "The manifest is being checked." : "No wave was started.";
}

function aboutRollout(one) {
  const plan = one.Output?.DryRun ? one.Output : {};
  return facts([
    ["Lines", one.Lines],
    ...Object.entries(one.Outcomes),
    ["Failed", one.Failed || null],
    ["Not started", one.NotStarted],
    ["Instances", plan.Instances && Object.entries(plan.Instances).map(([type, count]) => instances(type, count)).join(", ")],
    ["Cost", plan.EstimatedCost && `about ${dollars(plan.EstimatedCost.PerHour)} per hour`],
    ["Started", ago(one.StartedAt)],
    ["Took", one.EndedAt && stay(secondsBetween(one.StartedAt, one.EndedAt))],
    ["Report", plan.ReportUrl ?? one.Output?.SummaryUrl],
    ["Execution", one.Execution],
  ]);
}

function reason(one) {
  if (!one.Error) return null;
  const hint = one.Hint ? el("p", { class: "hint" }, el("strong", {}, "What to do: "), one.Hint) : null;
  return el("section", { class: "card failure" }, el("h2", {}, breakable(one.Error)), el("p", {}, one.Message), hint);
}

function refused(one) {
  const lines = one.Output?.RefusedLines ?? [];
  if (!lines.length) return null;
  const more = one.Output.Refused > lines.length ? el("p", { class: "quiet" }, `And ${one.Output.Refused - lines.length} more in the report.`) : null;
  const rows = lines.map((line) => [line.Line, el("span", { class: "nowrap" }, line.Error), line.Message]);
  return card("Refused lines", table([["Line", "number"], ["Error"], ["Message", "words"]], rows), more);
}

function failures(one) {
  if (!one.Failures.length) return null;
  const more = one.Failed > one.Failures.length ? el("p", { class: "quiet" }, `And ${one.Failed - one.Failures.length} more: slipway rollout status ${one.Name} --json has all.`) : null;
  const rows = one.Failures.map((failure) => [failure.Line, deployment(failure), el("span", { class: "nowrap" }, failure.Error), failure.Message]);
  return card("Failed lines", table([["Line", "number"], ["Endpoint"], ["Error"], ["Message", "words"]], rows), more);
}

function deployment({ EndpointName: endpoint, Execution: arn }) {
  if (!arn) return endpoint;
  return el("a", { href: `#/deployments/${encodeURIComponent(arn.split(":").at(-1))}`, "data-key": endpoint }, endpoint);
}

function outcomePill(outcome) {
  const kind = { Completed: "SUCCEEDED", Planned: "SUCCEEDED", Running: "RUNNING" }[outcome] ?? "FAILED";
  return pill(kind, outcome);
}

function counted({ Outcomes: outcomes, Failed: failed, NotStarted: notStarted }) {
  const counts = [...Object.entries(outcomes), ["failed", failed], ["not started", notStarted]];
  return counts.filter(([, count]) => count).map(([name, count]) => `${count} ${name}`).join(", ");
}

function nothing() {
  return empty("No rollout has been started yet.", "slipway rollout MANIFEST deploys many endpoints by one manifest, in waves.");
}
