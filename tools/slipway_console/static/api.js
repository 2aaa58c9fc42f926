// What the page asks its server for. Everything goes to where the page came from.

const token = document.querySelector("meta[name=slipway-token]").content;

/** What the server could not do: `name` is the error's, `message` is for the user, `details` may be long. */
export class Problem extends Error {
  constructor(name, message, status, details = "") {
    super(message);
    this.name = name;
    this.status = status;
    this.details = details;
  }
}

const GONE = "The console does not answer any more. Start it again with `slipway console`, and open what it prints.";

export function get(path, signal) {
  return ask(path, { signal });
}

export function invoke(endpointName, body, contentType) {
  const headers = { "Content-Type": contentType, "X-Slipway-Token": token };
  return ask(`/api/endpoints/${encodeURIComponent(endpointName)}/invocations`, { method: "POST", headers, body });
}

/** Start a deployment with this input. */
export function deploy(input) {
  const headers = { "Content-Type": "application/json", "X-Slipway-Token": token };
  return ask("/api/executions", { method: "POST", headers, body: JSON.stringify(input) });
}

/** Ask for a change of an endpoint: what is POSTed to a path below it, or its deletion. */
export function change(method, endpointName, path = "", input = {}) {
  const headers = { "Content-Type": "application/json", "X-Slipway-Token": token };
  return ask(`/api/endpoints/${encodeURIComponent(endpointName)}${path}`, { method, headers, body: JSON.stringify(input) });
}

/** Stop or redrive a rollout. */
export function control(rollout, action) {
  const headers = { "X-Slipway-Token": token };
  return ask(`/api/rollouts/${encodeURIComponent(rollout)}/${action}`, { method: "POST", headers });
}

// As the server's; it hangs up on more, so that its words would never come through.
const MAX_ARCHIVE = 1024 ** 3;
const TOO_LARGE = "The archive is larger than 1 GB, which the page does not take: use `slipway deploy`.";

/** Upload a file, whose layout is checked for the framework; `onProgress` gets the share that is sent, from 0 to 1, which fetch does not report. */
export async function upload(endpointName, file, framework, onProgress) {
  if (file.size >= MAX_ARCHIVE) throw new Problem("ArchiveTooLarge", TOO_LARGE);
  const request = new XMLHttpRequest();
  const path = [endpointName, file.name].map(encodeURIComponent).join("/");
  request.open("PUT", `/api/archives/${path}?Framework=${encodeURIComponent(framework)}`);
  request.setRequestHeader("X-Slipway-Token", token);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Problem("ConsoleGone", GONE));
    request.onload = () => {
      try {
        resolve(answerOf(request.status, request.responseText));
      } catch (problem) {
        reject(problem);
      }
    };
    request.send(file);
  });
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("ConsoleGone", GONE);
  }
  return answerOf(answer.status, await answer.text());
}

function answerOf(status, text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Problem("NoAnswer", `The console answered ${status} without words: its terminal may say more.`, status);
  }
  if (status >= 400) throw new Problem(content.Error, content.Message, status, content.Details);
  return content;
}
