// Small pieces that several views are made of.

import { el } from "./dom.js";

const GOOD = ["InService", "SUCCEEDED", "Passed", "Successful"];
const BAD = ["Failed", "FAILED", "TIMED_OUT", "ABORTED", "OutOfService", "UpdateRollbackFailed"];

/** Return a status as a pill: its colour says no more than its word. */
export function pill(status, word = status) {
  const kind = GOOD.includes(status) ? "good" : BAD.includes(status) ? "bad" : "busy";
  return el("span", { class: `pill ${kind}` }, breakable(word));
}

/** Return a name, such as an error's, with places between its words where a line may end. */
export function breakable(name) {
  return name.split(/(?<=[a-z])(?=[A-Z])/).flatMap((part) => [el("wbr"), part]).slice(1);
}

export function card(title, ...content) {
  return el("section", { class: "card" }, el("h2", {}, title), ...content);
}

/** Return what is known by name: pairs of a word and an element or a text; those without the second are left out. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", {}, ...known.flatMap(([word, value]) => [el("dt", {}, word), el("dd", {}, value)]));
}

/** Return what to do where there is nothing to show yet. */
export function empty(title, ...advice) {
  return el("div", { class: "empty" }, el("p", {}, el("strong", {}, title)), ...advice.map((line) => el("p", {}, line)));
}

export function waiting() {
  return el("p", { class: "waiting" }, "Loading …");
}

export function table(columns, rows) {
  const head = el("tr", {}, ...columns.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)));
  const body = rows.map((cells) =>
    el("tr", {}, ...cells.map((cell, index) => el("td", { class: columns[index][1], "data-label": columns[index][0] }, cell))),
  );
  return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body)));
}
