// Elements from plain values. Text becomes text, never markup: nothing here takes HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element; attributes whose value is a function are listeners, null and false leave one out. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** Return an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** Put new children in place of the old, and the focus back on the one with the same data-key. */
export function refill(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.flat().filter(isThere));
  if (key === undefined) return;
  const same = [...parent.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
  if (same) same.focus({ preventScroll: true });
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (isThere(value)) element.setAttribute(name, checked(name, value));
  }
  element.append(...children.flat().filter(isThere));
  return element;
}

// A link made of untrusted text must not become a script: links lead within the page only.
function checked(name, value) {
  if (name === "href" && !String(value).startsWith("#")) throw new Error("links lead within the page");
  return String(value);
}

function isThere(value) {
  return value !== null && value !== undefined && value !== false;
}
