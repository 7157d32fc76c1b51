/** One message as a bubble: what it says, when, how far it got, and the reactions to it. */

import { content } from "./content.js";
import { drawing, el, icon, path } from "./element.js";
import { tickOf } from "./entry.js";
import { clock, t } from "./language.js";
import { reactionButton, reactionPills } from "./reactions.js";
import { summary } from "./summary.js";

/** @returns {HTMLElement} the bubble of `entry` in `person`'s conversation */
export function bubble(person, entry) {
  const side = entry.mine ? "mine" : "theirs";
  const failed = entry.status === "failed" ? " failed" : "";
  const inside = el("div", { class: `bubble ${entry.kind}` }, quote(person, entry), ...content(entry), meta(entry));
  const node = el("article", { class: `message ${side}${failed}`, "data-wamid": entry.wamid }, inside);
  if (failed) node.append(el("p", { class: "fate" }, icon("warning", 16), fate(entry)));
  if (!entry.mine && !failed) node.append(reactionButton(person, entry));
  node.append(reactionPills(person, entry.wamid));
  return node;
}

const fate = ({ error }) => (error ? t("not_delivered_code", { code: error }) : t("not_delivered"));

function quote(person, entry) {
  const quoted = entry.quoted && person.entries.get(entry.quoted);
  return quoted ? el("blockquote", { class: quoted.mine ? "mine" : "theirs" }, summary(quoted)) : null;
}

/** Time and ticks. They change on their own; a screen reader need not say so each time. */
export function meta(entry) {
  const time = el("time", { datetime: new Date(entry.at).toISOString() }, clock(entry.at));
  return el("p", { class: "meta", "aria-live": "off" }, time, entry.mine && ticks(tickOf(entry)));
}

/** One tick: on its way to the webhook; two: the business answered 200; two in blue: it marked the message read. */
export function ticks(how) {
  const svg = drawing(18, 11, t(`tick_${how}`));
  svg.classList.add("ticks", how);
  svg.append(path("M1.5 6l3.2 3.2L11 2"));
  if (how !== "posted") svg.append(path("M8 8.2l1 1L15.5 2"));
  return svg;
}
