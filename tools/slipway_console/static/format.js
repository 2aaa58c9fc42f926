// Figures as people read them.

const UNITS = [
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** Return "3 d 4 h", "12 min", "8 s": two units at most, and no seconds after ten minutes. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = UNITS[first];
  const count = Math.floor(whole / size);
  const next = UNITS[first + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  const fine = unit === "d" || unit === "h" || (unit === "min" && count < 10);
  return rest && fine ? `${count} ${unit} ${rest} ${next[0]}` : `${count} ${unit}`;
}

/** Return "0.42 s" for what is over in no time, else a duration. */
export function stay(seconds) {
  return seconds < 10 ? `${seconds.toFixed(seconds < 1 ? 2 : 1)} s` : duration(seconds);
}

export function secondsSince(instant) {
  return (Date.now() - Date.parse(instant)) / 1000;
}

export function secondsBetween(start, end) {
  return ((end ? Date.parse(end) : Date.now()) - Date.parse(start)) / 1000;
}

export function dollars(amount) {
  return `$${amount.toFixed(amount < 10 ? 3 : 2)}`;
}

export function localTime(instant) {
  return new Date(instant).toLocaleString();
}

/** Return "ml.m5.large × 2", which no line breaks. */
export function instances(type, count) {
  return `${type}\u00a0×\u00a0${count}`;
}

/** Return the file of an archive's URI, without the version that its tag bears after an @. */
export function fileOf(uri) {
  return uri.split("/").at(-1).split("@")[0];
}
