/** The language of the page: the browser's to begin with, then the reader's choice. */

import { TEXTS } from "./texts.js";

const KEY = "remanso.language";
const listeners = new Set();
let current = remembered() ?? (navigator.languages?.[0] ?? navigator.language ?? "es").slice(0, 2);
if (!(current in TEXTS)) current = "en";

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden: the choice then lasts as long as the page
  }
}

export const language = () => current;

/** The text named `key`, with every `{name}` replaced from `values`. Lists come back as lists. */
export function t(key, values = {}) {
  const text = TEXTS[current][key];
  if (typeof text !== "string") return text;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Call `listener` whenever the reader changes the language. */
export function onLanguage(listener) {
  listeners.add(listener);
}

export function setLanguage(code) {
  current = code;
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // see remembered()
  }
  translatePage();
  for (const listener of listeners) listener();
}

/** Fill in what the HTML only names: `data-text`, `data-label` (aria-label), `data-placeholder`. */
export function translatePage() {
  document.documentElement.lang = current;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
}

const format = (options) => new Intl.DateTimeFormat(current === "es" ? "es-AR" : "en-GB", options);

export const clock = (at) => format({ hour: "2-digit", minute: "2-digit", hour12: false }).format(at);

/** "Today", "Yesterday", or the date in words; `at` in milliseconds. */
export function dayName(at) {
  const day = startOfDay(at);
  if (day === startOfDay(Date.now())) return t("today");
  if (day === startOfDay(Date.now() - 86_400_000)) return t("yesterday");
  return format({ weekday: "long", day: "numeric", month: "long" }).format(at);
}

/** For the list: the time today, else a short date. */
export function shortMoment(at) {
  if (startOfDay(at) === startOfDay(Date.now())) return clock(at);
  return format({ day: "numeric", month: "short" }).format(at);
}

export const startOfDay = (at) => new Date(at).setHours(0, 0, 0, 0);
