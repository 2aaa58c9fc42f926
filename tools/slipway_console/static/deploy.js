// Deploy a model: its archive is uploaded, then an execution is started, and followed where deployments are.

import { deploy, get, upload } from "./api.js";
import { el, refill } from "./dom.js";
import { dollars } from "./format.js";
import { card } from "./words.js";

const NAMES = "Letters, digits and single hyphens between them, up to 63 characters";
const WHOLE_TYPE = /^ml\.[^.]+\.[^.]+$/; // not while it is typed

export function showDeploy(content) {
  const name = field("EndpointName", { required: true, maxlength: "63", pattern: "[a-zA-Z0-9](-*[a-zA-Z0-9])*", title: NAMES, placeholder: "my-endpoint" });
  const archive = el("input", { type: "file", id: "archive", required: true, accept: ".gz,.tgz,application/gzip" });
  const framework = field("Framework", { list: "frameworks", placeholder: "the stack's default" });
  const version = field("FrameworkVersion", { placeholder: "the newest" });
  const instance = field("InstanceType", { list: "types", placeholder: "the stack's default", input: sayPrice });
  const price = el("p", { class: "quiet", "aria-live": "polite" });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const sent = el("progress", { max: "1", value: "0", hidden: true, "aria-label": "Sent" });
  const send = el("button", { type: "submit" }, "Deploy");
  const known = el("datalist", { id: "frameworks" });
  const types = el("datalist", { id: "types" });
  let choices = { Frameworks: [], HourlyPrices: {} };
  const form = el(
    "form",
    { submit, class: "deploy" },
    labelled("Endpoint", name, `${NAMES}. An endpoint that exists is updated without interruption.`),
    labelled("Archive", archive, "model.tar.gz, up to 1 GB; slipway deploy takes larger ones."),
    labelled("Framework", framework, "Which of AWS's images serves it."),
    labelled("Version", version),
    labelled("Instance type", instance),
    price,
    known,
    types,
    el("p", { class: "row" }, send, sent),
    problem,
  );
  refill(content, el("h1", {}, "Deploy a model"), card("Model and hosting", form));
  offer();

  async function submit(event) {
    event.preventDefault();
    problem.hidden = true;
    send.disabled = true;
    try {
      const input = { EndpointName: name.value.trim(), ...(await uploaded()), ...chosen([framework, version, instance]) };
      const { Name: execution } = await deploy(input);
      location.hash = `#/deployments/${encodeURIComponent(execution)}`;
    } catch (trouble) {
      problem.textContent = trouble.message;
      problem.hidden = false;
    } finally {
      send.disabled = false;
      sent.hidden = true;
    }
  }

  // Without the choices the fields take any text all the same.
  async function offer() {
    choices = await get("/api/choices").catch(() => choices);
    const options = (names) => names.map((name) => el("option", { value: name }));
    refill(known, options(choices.Frameworks));
    refill(types, options(Object.keys(choices.HourlyPrices)));
    if (choices.DefaultInstanceType) instance.placeholder = `the stack's default, ${choices.DefaultInstanceType}`;
    sayPrice();
  }

  function sayPrice() {
    const type = instance.value.trim() || choices.DefaultInstanceType;
    const hourly = choices.HourlyPrices[type];
    const month = hourly && dollars(hourly * choices.HoursAMonth);
    const unknown = WHOLE_TYPE.test(type) && `The price of ${type} is not known.`;
    refill(price, hourly ? `${type} costs about ${dollars(hourly)} an hour, ${month} a month, until the endpoint is deleted (${choices.Prices}).` : unknown);
  }

  function uploaded() {
    sent.hidden = false;
    const [file] = archive.files;
    return upload(name.value.trim(), file, framework.value.trim(), (share) => (sent.value = share));
  }
}

function field(id, attributes) {
  return el("input", { type: "text", id, autocomplete: "off", spellcheck: "false", ...attributes });
}

function labelled(word, input, advice) {
  const hint = advice ? el("small", { id: `${input.id}-hint` }, advice) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return el("p", { class: "field" }, el("label", { for: input.id }, word), input, hint);
}

function chosen(inputs) {
  return Object.fromEntries(inputs.map((input) => [input.id, input.value.trim()]).filter(([, value]) => value));
}
