/** Building DOM without markup strings: text given here is always text, never HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Attributes: `onclick`-like functions become listeners, `true` an empty attribute,
 * `false`/`null`/`undefined` nothing. Children: nodes or strings; empty ones are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function setAttribute(node, name, value) {
  if (typeof value === "function") node.addEventListener(name.slice(2), value);
  else if (value === true) node.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  send: "M4.5 12L4 4.8l16.5 7.2L4 19.2l.5-7.2zm0 0h8",
  burst: "M5.5 3.5c1.6 2.2 2.5 3.5 2.5 4.9a2.5 2.5 0 01-5 0c0-1.4.9-2.7 2.5-4.9zM12 9c1.6 2.2 2.5 3.5 2.5 4.9a2.5 2.5 0 01-5 0c0-1.4.9-2.7 2.5-4.9zM18.5 13c1.6 2.2 2.5 3.5 2.5 4.9a2.5 2.5 0 01-5 0c0-1.4.9-2.7 2.5-4.9z",
  photo: "M4 6h16v12H4zM4 15l4.5-4.5 4 4L15 12l5 4.5M15.5 9.2h.01",
  voice: "M12 4a2.5 2.5 0 012.5 2.5v5a2.5 2.5 0 01-5 0v-5A2.5 2.5 0 0112 4zM6.5 11.5a5.5 5.5 0 0011 0M12 17v3",
  document: "M7 3.5h7l4 4v13H7zM14 3.5v4h4M10 12h5M10 15.5h5",
  sticker: "M5 5h14v9l-5 5H5zM19 14h-5v5M9 10h.01M14 10h.01M9 13.2c1.2 1.2 2.8 1.2 4 0",
  location: "M12 21c4-4.6 6-8 6-11a6 6 0 00-12 0c0 3 2 6.4 6 11zM12 12.2a2.2 2.2 0 100-4.4 2.2 2.2 0 000 4.4z",
  contact: "M12 12a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM5 20c.6-3.6 3.3-5.5 7-5.5s6.4 1.9 7 5.5",
  unknown: "M9 9.2a3 3 0 115 2.2c-1.2.9-2 1.5-2 3M12 18.2h.01",
  smile: "M12 20.5a8.5 8.5 0 100-17 8.5 8.5 0 000 17zM8.5 14c1.8 2.3 5.2 2.3 7 0M9 9.5h.01M15 9.5h.01",
  list: "M9 7h10M9 12h10M9 17h10M5 7h.01M5 12h.01M5 17h.01",
  link: "M10 14l8.5-8.5M13 5.5h5.5V11M16 13.5V19H5V8h5.5",
  bolt: "M13 3.5L6 13.5h5l-1 7 7-10h-5z",
  play: "M8 5.5l10.5 6.5L8 18.5z",
  warning: "M12 4.5l8.5 15h-17zM12 10.5v4M12 17h.01",
};

/** A line icon, invisible to screen readers: the control around it carries the name. */
export function icon(name, size = 24) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 24 24"], ["width", size], ["height", size], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("line-icon");
  svg.append(path(PATHS[name]));
  return svg;
}

/** One `<path>`, for the drawings that are not line icons. */
export function path(d, attributes = {}) {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", d);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** An empty `<svg>` of the given size, named for screen readers when `label` is given. */
export function drawing(width, height, label = null) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width);
  svg.setAttribute("height", height);
  svg.setAttribute(label ? "aria-label" : "aria-hidden", label ?? "true");
  if (label) svg.setAttribute("role", "img");
  return svg;
}

export const byId = (id) => document.getElementById(id);
