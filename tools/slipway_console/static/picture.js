// The workflow as a graph. The server says where everything stands; here it is drawn, and lit as an execution goes.

import { svg } from "./dom.js";

const TIP = 5; // pixels that an arrow's tip takes of its line

/** Return the picture's element, and `light(execution)` that shows where an execution has been and is. */
export function workflowPicture(workflow) {
  const { node_width: width, node_height: height } = workflow;
  const edges = workflow.edges.map((edge) => [edge, drawEdge(edge)]);
  const nodes = new Map(workflow.nodes.map((node) => [node.name, drawNode(node, width, height)]));
  const element = svg(
    "svg",
    { viewBox: `0 0 ${workflow.width} ${workflow.height}`, role: "img", class: "workflow" },
    frame(workflow),
    edges.map(([, path]) => path),
    [...nodes.values()],
  );

  function light(execution) {
    const seen = execution.States.filter((visit) => nodes.has(visit.Name));
    const ways = new Set(seen.map((visit, index) => `${seen[index - 1]?.Name} ${visit.Name}`));
    const times = new Map();
    for (const visit of seen) times.set(visit.Name, (times.get(visit.Name) ?? 0) + 1);
    const failed = new Set(seen.filter((visit) => visit.HasFailed).map((visit) => visit.Name));
    for (const [edge, path] of edges) path.classList.toggle("taken", ways.has(`${edge.source} ${edge.target}`));
    for (const [name, node] of nodes) {
      node.classList.toggle("seen", times.has(name));
      node.classList.toggle("current", name === execution.CurrentState);
      node.classList.toggle("broke", failed.has(name));
      node.querySelector(".times").textContent = times.get(name) > 1 ? `×${times.get(name)}` : "";
    }
    const where = execution.CurrentState ? `is in ${execution.CurrentState}` : `ended in ${seen.at(-1)?.Name}`;
    element.setAttribute("aria-label", `The workflow: the deployment ${where}, after ${times.size} states.`);
  }

  return { element, light };
}

function drawNode(node, width, height) {
  const [left, top] = [node.x - width / 2, node.y - height / 2];
  const kind = node.failing ? `${node.kind.toLowerCase()} failing` : node.kind.toLowerCase();
  return svg(
    "g",
    { class: `node ${kind}`, "data-state": node.name },
    outline(node, left, top, width, height),
    svg("text", { x: node.x, y: node.y + 4, class: "name" }, node.name),
    svg("text", { x: left + width - 5, y: node.y + 4, class: "times" }),
  );
}

// The usual shapes: a question is a hexagon, what waits or ends is round, what works is a box.
function outline(node, left, top, width, height) {
  if (node.kind === "Choice") {
    const [right, bottom, slant] = [left + width, top + height, 9];
    const points = [
      [left + slant, top],
      [right - slant, top],
      [right, node.y],
      [right - slant, bottom],
      [left + slant, bottom],
      [left, node.y],
    ];
    return svg("polygon", { points: points.map((point) => point.join(",")).join(" ") });
  }
  return svg("rect", { x: left, y: top, width, height, rx: node.kind === "Task" ? 4 : height / 2 });
}

function drawEdge(edge) {
  const title = `${edge.source} → ${edge.target}${edge.label ? `: ${edge.label}` : ""}`;
  return svg(
    "g",
    { class: edge.failing ? "edge failing" : "edge" },
    svg("title", {}, title),
    svg("path", { d: edge.path, class: "line" }),
    svg("path", { d: tip(edge.path), class: "tip" }),
  );
}

// Paths end straight, across or downward: their last command says which.
function tip(path) {
  const [, command, end] = /([HV])(-?[\d.]+)$/.exec(path);
  const numbers = path.match(/-?[\d.]+/g).map(Number);
  if (command === "V") return triangle(numbers[0], Number(end), 0, 1);
  const x = Number(end);
  const straight = /^M(-?[\d.]+),(-?[\d.]+) H(-?[\d.]+)$/.exec(path);
  const [fromX, y] = straight ? [Number(straight[1]), Number(straight[2])] : [numbers.at(-3), numbers.at(-2)];
  return triangle(x, y, Math.sign(x - fromX), 0);
}

function triangle(x, y, dx, dy) {
  const half = TIP * 0.6;
  return `M${x},${y} L${x - dx * TIP + dy * half},${y - dy * TIP + dx * half} L${x - dx * TIP - dy * half},${y - dy * TIP - dx * half} Z`;
}

// On the main path any error leads to the failure path: one arrow from the frame stands for all of them.
function frame(workflow) {
  const rescue = workflow.nodes.find((node) => node.name === workflow.rescue);
  if (!rescue) return null;
  const x = rescue.x;
  const y = rescue.y - workflow.node_height / 2;
  return svg(
    "g",
    { class: "edge failing" },
    svg("title", {}, `Any error leads to ${rescue.name}.`),
    svg("path", { d: `M${x},${y - 34} V${y}`, class: "line" }),
    svg("path", { d: triangle(x, y, 0, 1), class: "tip" }),
    svg("text", { x, y: y - 40, class: "note" }, "any error"),
  );
}
