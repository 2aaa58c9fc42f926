// Pictures, and the boxes that object detection found on them.

// One for each class, then again from the start: as `slipway invoke --draw` has them (Okabe and Ito, 2008).
const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

export function colourOf(box) {
  return COLOURS[((box.kind % COLOURS.length) + COLOURS.length) % COLOURS.length];
}

export function labelOf(box, names) {
  return `${names[box.kind] || `class ${box.kind}`} ${box.score.toFixed(2)}`;
}

/** Draw a picture on a canvas, and each box with its class and score; the best last, so that its label is on top. */
export function drawPicture(canvas, bitmap, boxes, names) {
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  const side = Math.max(bitmap.width, bitmap.height);
  const line = Math.max(2, Math.round(side / 200));
  const textHeight = Math.max(11, Math.round(side / 32));
  pen.lineWidth = line;
  pen.font = `${textHeight}px system-ui, sans-serif`;
  pen.textBaseline = "top";
  for (const box of [...boxes].sort((one, other) => one.score - other.score)) {
    drawBox(pen, bitmap, box, labelOf(box, names), line, textHeight);
  }
}

function drawBox(pen, bitmap, box, label, line, textHeight) {
  const inside = (value, size) => Math.min(1, Math.max(0, value)) * size;
  const [left, right] = [box.left, box.right].map((value) => inside(value, bitmap.width));
  const [top, bottom] = [box.top, box.bottom].map((value) => inside(value, bitmap.height));
  pen.strokeStyle = pen.fillStyle = colourOf(box);
  pen.strokeRect(left, top, right - left, bottom - top);
  const width = pen.measureText(label).width + 2 * line;
  const height = textHeight + 2 * line;
  const x = Math.max(0, Math.min(left, bitmap.width - width));
  const y = top >= height ? top - height : top;
  pen.fillRect(x, y, width, height);
  pen.fillStyle = "black";
  pen.fillText(label, x + line, y + line);
}
