// The page: which view is shown, what is wrong, and where all this is.

import { get } from "./api.js";
import { el, refill } from "./dom.js";
import { showDeploy } from "./deploy.js";
import { showDeployment, showDeployments } from "./deployments.js";
import { showEndpoint, showEndpoints } from "./endpoints.js";
import { keepAsking } from "./live.js";
import { showRollout, showRollouts } from "./rollouts.js";

const content = document.getElementById("content");
const trouble = document.getElementById("trouble");
const target = document.getElementById("target");

const VIEWS = [
  [/^#\/endpoints\/(.+)$/, showEndpoint],
  [/^#\/endpoints$/, showEndpoints],
  [/^#\/deployments\/(.+)$/, showDeployment],
  [/^#\/deployments$/, showDeployments],
  [/^#\/rollouts\/(.+)$/, showRollout],
  [/^#\/rollouts$/, showRollouts],
  [/^#\/deploy$/, showDeploy],
];

let leaving = new AbortController();

/** What a view is given to ask with: the answer is its own, the words for what goes wrong are the page's. */
function asker(signal) {
  return (question, onAnswer, pause) =>
    keepAsking(question, signal, (answer) => (allIsWell(), onAnswer(answer)), say, pause);
}

function show() {
  const found = VIEWS.map(([pattern, view]) => [pattern.exec(location.hash), view]).find(([match]) => match);
  if (!found) {
    location.replace("#/endpoints");
    return;
  }
  leaving.abort();
  leaving = new AbortController();
  allIsWell();
  mark();
  const [match, view] = found;
  const argument = match[1] === undefined ? undefined : decodeURIComponent(match[1]);
  view(content, asker(leaving.signal), argument);
  document.title = `${content.querySelector("h1").textContent} - Slipway`;
}

function mark() {
  for (const link of document.querySelectorAll("nav a")) {
    const here = location.hash === link.hash || location.hash.startsWith(`${link.hash}/`);
    link.toggleAttribute("aria-current", here);
    if (here) link.setAttribute("aria-current", "page");
  }
}

function say(problem) {
  refill(trouble, el("strong", {}, spaced(problem.name)), " ", problem.message);
  trouble.hidden = false;
  for (const place of content.querySelectorAll(".waiting")) place.textContent = "Nothing to show.";
  content.classList.add("stale");
}

function allIsWell() {
  trouble.hidden = true;
  content.classList.remove("stale");
}

function spaced(name) {
  return `${name.replace(/(?<=[a-z])(?=[A-Z])/g, " ")}:`;
}

async function sayWhere() {
  const where = await get("/api/target");
  const account = where.IsLocal ? el("span", { class: "badge" }, "local stack") : null;
  refill(target, account, ` ${where.Stack} · ${where.Region}`);
  target.title = where.EndpointUrl ?? "AWS";
}

// The address that opened the page holds the key: it need not stay in the address bar, nor in the history.
if (location.search) history.replaceState(null, "", `/${location.hash}`);
addEventListener("hashchange", () => (show(), content.focus({ preventScroll: true }), scrollTo(0, 0)));
show();
sayWhere().catch(() => refill(target));
