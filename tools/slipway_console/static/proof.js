// What proves a version: its samples, the alarms that fired, and its traffic beside that of the version before.

import { el } from "./dom.js";
import { localTime, stay } from "./format.js";
import { card, pill, table } from "./words.js";

const COUNTS = [
  ["Invocations", "Invocations"],
  ["4xx errors", "Errors4XX"],
  ["5xx errors", "Errors5XX"],
  ["Model errors", "ModelErrors"],
];
const LATENCIES = [
  ["Median latency", "MedianLatencyMs"],
  ["95th percentile", "P95LatencyMs"],
];

/** Return the cards of an execution's output or explanation. */
export function proof({ SmokeTest: test, FiredAlarms: alarms, TrafficAnalysis: analysis }) {
  return [test && samples(test), alarms?.length && firedAlarms(alarms), analysis && traffic(analysis)].filter(Boolean);
}

function samples(test) {
  const columns = [["Sample"], ["Status", "number"], ["Latency", "number"], ["Verdict"], ["Difference"]];
  const rows = test.Samples.map((one) => [
    one.Sample,
    one.Status || "no answer",
    latency(one),
    pill(one.Verdict),
    el("span", {}, one.Difference || "-"),
  ]);
  return card(titled("Smoke test", test.Verdict), stage(test), table(columns, rows));
}

function latency({ Latency: measured, LatencyMilliseconds: once }) {
  return measured ? el("span", {}, `${measured.Median} ms, p95 ${measured.P95} ms`) : `${once} ms`;
}

function stage({ Stage, Candidate: candidate }) {
  if (!candidate) return Stage === "AfterTraffic" ? el("p", { class: "quiet" }, "Tested on the endpoint itself.") : null;
  const cost = candidate.EstimatedCost === null ? "" : ` and cost about $${candidate.EstimatedCost.toFixed(4)}`;
  return el("p", { class: "quiet" }, `Tested before traffic, on a candidate that ran for ${stay(candidate.Seconds)}${cost}.`);
}

function firedAlarms(alarms) {
  const columns = [["Alarm"], ["Value", "number"], ["Threshold", "number"]];
  const rows = alarms.map((one) => [
    one.AlarmName,
    one.Values.map(figure).join(", ") || "-",
    one.Threshold === null ? "-" : figure(one.Threshold),
  ]);
  return card("Alarms that fired", table(columns, rows));
}

function figure(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}

function traffic(analysis) {
  const period = el("p", { class: "quiet" }, `From ${localTime(analysis.Since)} to ${localTime(analysis.Until)}.`);
  const message = analysis.Verdict === "Inconclusive" ? el("p", {}, analysis.Message) : null; // a failure has said why
  return card(titled("Traffic", analysis.Verdict), message, ...analysis.Variants.flatMap(fleets), period);
}

function fleets({ VariantName: name, Verdict: verdict, Old: before, New: now }) {
  const rows = [
    ["Version", version(before), version(now)],
    ...COUNTS.map(([word, field]) => [word, count(before, field), count(now, field)]),
    ...LATENCIES.map(([word, field]) => [word, milliseconds(before[field]), milliseconds(now[field])]),
  ];
  const columns = [["Metric", "nowrap"], ["Old", "number"], ["New", "number"]];
  return [el("h3", {}, name, " ", pill(verdict)), el("div", { class: "compared" }, table(columns, rows))];
}

function version({ EndpointConfigName: name }) {
  return el("span", { title: name }, name.split("-").at(-1));
}

function count(fleet, field) {
  const share = field === "Invocations" || !fleet[field] ? "" : ` (${((100 * fleet[field]) / fleet.Invocations).toFixed(1)} %)`;
  return `${fleet[field].toLocaleString("en")}${share}`;
}

function milliseconds(value) {
  return value === null ? "-" : `${value.toLocaleString("en")} ms`;
}

function titled(title, verdict) {
  return el("span", {}, title, " ", pill(verdict));
}
