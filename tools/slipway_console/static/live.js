// What keeps the page up to date: asking again, and clocks that run by themselves.

import { el } from "./dom.js";
import { duration, localTime, secondsSince } from "./format.js";

let changes = 0;

/** Ask again and again until the signal aborts; `pause(data)` is how many seconds to wait without `askAgain`. Hidden pages do not ask. */
export async function keepAsking(question, signal, onAnswer, onProblem, pause) {
  while (!signal.aborted) {
    const before = changes;
    let seconds = 5;
    try {
      const answer = await question(signal);
      if (signal.aborted) return;
      onAnswer(answer);
      seconds = pause(answer);
    } catch (problem) {
      if (signal.aborted || problem.name === "AbortError") return;
      onProblem(problem);
    }
    if (changes === before) await sleep(seconds, signal);
    await untilVisible(signal);
  }
}

/** Let what is shown ask at once, after a change: else it would when its pause is over. */
export function askAgain() {
  changes += 1;
  dispatchEvent(new Event("changed"));
}

/** Return a time that says how long ago it was, and goes on saying so. */
export function ago(instant, suffix = " ago") {
  const time = el("time", { datetime: instant, title: localTime(instant), "data-suffix": suffix });
  refresh(time);
  return time;
}

setInterval(() => document.querySelectorAll("time[data-suffix]").forEach(refresh), 1000);

function refresh(time) {
  time.textContent = duration(secondsSince(time.dateTime)) + time.dataset.suffix;
}

function sleep(seconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(wake, seconds * 1000);
    signal.addEventListener("abort", wake);
    addEventListener("changed", wake);

    function wake() {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      removeEventListener("changed", wake);
      resolve();
    }
  });
}

function untilVisible(signal) {
  if (!document.hidden) return null;
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true });
    signal.addEventListener("abort", resolve, { once: true });
  });
}
