// Try an endpoint: a picture, whose boxes are drawn on it, or text, whose answer is shown.

import { invoke } from "./api.js";
import { colourOf, drawPicture, labelOf } from "./boxes.js";
import { el, refill } from "./dom.js";
import { stay } from "./format.js";
import { card, table } from "./words.js";

const TEXTS = ["application/json", "text/csv", "application/jsonlines", "text/libsvm", "text/plain"];
const PICTURE_IMAGES = /object-detection|image-classification|semantic-segmentation/;
const PICTURES = ["image/jpeg", "image/png"];

export function tryIt(endpointName) {
  const state = { kind: "text", isChosen: false, file: null, bitmap: null, boxes: [] };
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const details = el("div", {});
  const result = el("div", { class: "result", "aria-live": "polite" });
  const canvas = el("canvas", { hidden: true, role: "img", "aria-label": "The picture" });
  const picture = pictureForm((file) => take(file));
  const text = textForm();
  const send = el("button", { type: "submit" }, "Invoke");
  const choice = kinds((kind) => {
    state.isChosen = true;
    choose(kind);
  });
  const form = el("form", { submit }, choice.element, picture.element, text.element, send);
  choose("text");
  return { element: card("Try it", form, problem, details, canvas, result), suggest };

  /** Offer pictures first for an image whose models take them, unless the user has chosen. */
  function suggest(image) {
    if (state.isChosen || !PICTURE_IMAGES.test(image)) return;
    state.isChosen = true;
    choice.check("picture");
    choose("picture");
  }

  function choose(kind) {
    state.kind = kind;
    picture.element.hidden = kind !== "picture";
    text.element.hidden = kind !== "text";
    canvas.hidden = kind !== "picture" || !state.bitmap;
    clear();
  }

  async function take(file) {
    clear();
    Object.assign(state, { file, bitmap: null });
    canvas.hidden = true;
    try {
      state.bitmap = await createImageBitmap(file);
      redraw();
    } catch {
      say("This file is no picture that the browser can show; it can be sent all the same.");
    }
  }

  async function submit(event) {
    event.preventDefault();
    clear();
    if (state.kind === "picture" && !state.file) {
      say("Choose a picture first.");
      return;
    }
    const [body, type] = state.kind === "picture" ? [state.file, typeOf(state.file)] : [text.body(), text.type()];
    send.disabled = true;
    refill(result, el("p", { class: "waiting" }, "Loading …"));
    try {
      show(await invoke(endpointName, body, type));
    } catch (trouble) {
      refill(result);
      say(trouble.message);
      if (trouble.details) refill(details, el("details", {}, el("summary", {}, "Traceback"), el("pre", { tabindex: "0" }, trouble.details)));
    } finally {
      send.disabled = false;
    }
  }

  function show(answer) {
    state.boxes = answer.Boxes ?? [];
    const took = `${answer.ContentType || "An answer"} from ${answer.Variant || "the endpoint"} in ${stay(answer.Milliseconds / 1000)}`;
    const withBoxes = answer.Boxes && state.kind === "picture" && state.bitmap;
    refill(result, el("p", { class: "quiet" }, took), withBoxes ? boxPanel() : null, raw(answer, !withBoxes));
  }

  function boxPanel() {
    const list = el("div", {});
    const score = el("input", { type: "range", id: "score", min: "0", max: "1", step: "0.01", value: "0.3", input: update });
    const shown = el("output", { for: "score" });
    const names = el("input", { type: "text", id: "names", placeholder: "for example car, truck", input: update });
    const panel = el(
      "div",
      {},
      el("p", { class: "row" }, el("label", { for: "score" }, "Minimum score"), score, shown),
      el("p", { class: "row" }, el("label", { for: "names" }, "Names of the classes"), names),
      list,
    );
    update();
    return panel;

    function update() {
      const least = Number(score.value);
      const known = names.value.split(",").map((name) => name.trim());
      const boxes = state.boxes.filter((box) => box.score >= least);
      shown.textContent = `${least.toFixed(2)}: ${boxes.length} of ${state.boxes.length} boxes`;
      redraw(boxes, known);
      refill(list, boxes.length ? boxTable(boxes, known) : null);
    }
  }

  function redraw(boxes = [], names = []) {
    if (!state.bitmap) return;
    canvas.hidden = false;
    drawPicture(canvas, state.bitmap, boxes, names);
    canvas.setAttribute("aria-label", `The picture with ${boxes.length} boxes`);
  }

  function clear() {
    problem.hidden = true;
    refill(details);
    refill(result);
    state.boxes = [];
    redraw();
    canvas.hidden = state.kind !== "picture" || !state.bitmap;
  }

  function say(message) {
    problem.textContent = message;
    problem.hidden = false;
  }
}

function kinds(choose) {
  const radios = {};
  const option = (kind, word, checked) => {
    const id = `kind-${kind}`;
    radios[kind] = el("input", { type: "radio", name: "kind", id, checked, change: () => choose(kind) });
    return el("span", {}, radios[kind], el("label", { for: id }, word));
  };
  const element = el("p", { class: "kinds" }, option("text", "JSON, CSV or other text", true), option("picture", "Picture", false));
  return { element, check: (kind) => (radios[kind].checked = true) };
}

function pictureForm(take) {
  const input = el("input", { type: "file", id: "picture", accept: "image/*", change: () => input.files[0] && take(input.files[0]) });
  const place = el("div", { class: "drop" }, el("label", { for: "picture" }, "Picture (choose a file, or drop it here)"), input);
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    take(event.dataTransfer.files[0]);
  });
  return { element: place };
}

function textForm() {
  const type = el("input", { type: "text", id: "type", value: TEXTS[0], list: "types", autocomplete: "off" });
  const body = el("textarea", { id: "body", rows: "6", spellcheck: "false", placeholder: "[[1, 2, 3]] or 1,2,3" });
  let isChosen = false;
  type.addEventListener("input", () => (isChosen = true));
  body.addEventListener("input", () => {
    if (!isChosen) type.value = typeOfText(body.value);
  });
  const types = el("datalist", { id: "types" }, ...TEXTS.map((text) => el("option", { value: text })));
  const row = el("p", { class: "row" }, el("label", { for: "type" }, "Content type"), type, types);
  const element = el("div", {}, row, el("label", { for: "body" }, "Body"), body);
  return { element, body: () => body.value, type: () => type.value.trim() };
}

/** Return the content type that a text has by its form. */
function typeOfText(text) {
  const lines = text.trim().split("\n");
  const every = (pattern) => lines.every((line) => pattern.test(line.trim()));
  if (isJson(text) || !text.trim()) return "application/json";
  if (every(/^[[{]/)) return lines.every(isJson) ? "application/jsonlines" : "application/json";
  if (every(/^\S+( \d+:\S+)+$/)) return "text/libsvm";
  return every(/,|^[-+.\deE]+$/) ? "text/csv" : "text/plain";
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function boxTable(boxes, names) {
  const rows = boxes.map((box) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.background = colourOf(box);
    const corner = (x, y) => `${x.toFixed(3)}, ${y.toFixed(3)}`;
    return [el("span", {}, swatch, labelOf(box, names)), corner(box.left, box.top), corner(box.right, box.bottom)];
  });
  return table([["Box"], ["Left, top"], ["Right, bottom"]], rows);
}

function raw(answer, open) {
  const text = answer.Text === undefined ? `${answer.Base64.length} characters of base64:\n${answer.Base64}` : pretty(answer.Text);
  return el("details", { open }, el("summary", {}, "Response"), el("pre", { tabindex: "0" }, text));
}

function pretty(text) {
  try {
    const document = JSON.parse(text);
    const short = JSON.stringify(document, null, 1);
    return short.length < 20000 ? short.replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, " ")}]`) : text;
  } catch {
    return text;
  }
}

// The built-in algorithm takes any other picture as application/x-image.
function typeOf(file) {
  return PICTURES.includes(file.type) ? file.type : "application/x-image";
}
