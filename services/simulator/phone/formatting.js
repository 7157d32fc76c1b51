/** WhatsApp's own text marks as DOM: *bold* _italic_ ~strike~ ```mono``` `code`, and links. Text stays text. */

import { el } from "./element.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const FENCED = /```([\s\S]+?)```|`([^`\n]+)`/g;
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`]+/gi;

/** @returns {DocumentFragment} */
export function formatted(text) {
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const fence of text.matchAll(FENCED)) {
    fragment.append(...marked(text.slice(from, fence.index)), el("code", {}, fence[1] ?? fence[2]));
    from = fence.index + fence[0].length;
  }
  fragment.append(...marked(text.slice(from)));
  return fragment;
}

/**
 * A mark counts only at a word's edge, with text right inside it, on one line and not inside a link, as WhatsApp
 * has it: `2*3*4`, `snake_case_name` and `https://example.org/_a_` stay as they are.
 */
function marked(text) {
  const links = linksIn(text);
  const inLink = (at) => links.some((link) => link.start <= at && at < link.end);
  for (let start = 0; start < text.length; start += 1) {
    const end = text[start] in MARKS && !inLink(start) ? closing(text, start, inLink) : -1;
    if (end < 0) continue;
    const inner = el(MARKS[text[start]], {}, ...marked(text.slice(start + 1, end)));
    return [...linked(text.slice(0, start)), inner, ...marked(text.slice(end + 1))];
  }
  return linked(text);
}

function closing(text, start, inLink) {
  if (isWord(text[start - 1]) || isSpace(text[start + 1])) return -1;
  for (let at = start + 2; at < text.length && text[at] !== "\n"; at += 1) {
    if (text[at] === text[start] && !isSpace(text[at - 1]) && !isWord(text[at + 1]) && !inLink(at)) return at;
  }
  return -1;
}

/** Where links stand, without the punctuation that ends the sentence around them. */
function linksIn(text) {
  return [...text.matchAll(LINK)].map(({ 0: found, index }) => {
    let shown = found.replace(/[.,;:!?*_~]+$/, "");
    if (shown.endsWith(")") && !shown.includes("(")) shown = shown.slice(0, -1);
    return { start: index, end: index + shown.length, shown };
  });
}

function linked(text) {
  const nodes = [];
  let from = 0;
  for (const { start, end, shown } of linksIn(text)) {
    const href = /^www\./i.test(shown) ? `https://${shown}` : shown;
    nodes.push(...plain(text.slice(from, start)), outsideLink(href, {}, shown));
    from = end;
  }
  return [...nodes, ...plain(text.slice(from))];
}

/** An anchor that tells the other site nothing; anything but http(s) becomes plain text. */
export function outsideLink(href, attributes, ...children) {
  if (!/^https?:\/\//i.test(href)) return el("span", attributes, ...children);
  return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

const isWord = (character) => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const isSpace = (character) => character === undefined || /\s/.test(character);
const plain = (text) => (text ? [document.createTextNode(text)] : []);
