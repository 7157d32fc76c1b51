/** The phone's conversation: header, bubbles in the order of the record, day separators, typing, scrolling. */

import { bubble, meta } from "./bubble.js";
import { conversations } from "./conversations.js";
import { byId, el } from "./element.js";
import { dayName, onLanguage, startOfDay, t } from "./language.js";
import { initials, readableNumber } from "./people.js";
import { reactionPills } from "./reactions.js";
import { manner } from "./sending.js";

/** Closer to the end than this (pixels), the reader follows new messages; farther up, they are reading. */
const FOLLOWS = 120;

let log;
let typing;
let sendSample;

/** Start showing the open conversation; `onSample` sends the sample burst of the empty conversation's invitation. */
export function startChat(onSample) {
  log = byId("log");
  sendSample = onSample;
  typing = el("div", { class: "message theirs typing" }, el("p", { class: "bubble" }, ...[1, 2, 3].map(() => el("i"))));
  conversations.addEventListener("loaded", ({ detail }) => detail.person === conversations.open && drawAll());
  conversations.addEventListener("entry", ({ detail }) => detail.person === conversations.open && drawEntry(detail));
  conversations.addEventListener("reaction", ({ detail }) => detail.person === conversations.open && drawReaction(detail));
  conversations.addEventListener("typing", ({ detail }) => detail.person === conversations.open && drawTyping());
  onLanguage(drawAll);
}

export function drawAll() {
  const person = conversations.open;
  drawHeader();
  log.setAttribute("aria-busy", "true"); // a conversation just opened is not news to read aloud
  log.replaceChildren();
  for (const entry of person?.entries.values() ?? []) append(person, entry);
  if (person && !log.firstChild) log.append(invitation());
  drawTyping();
  log.scrollTop = log.scrollHeight;
  log.removeAttribute("aria-busy");
}

function drawHeader() {
  const person = conversations.open;
  const values = person && { name: person.name, number: readableNumber(person.waId) };
  byId("business-name").textContent = manner.businessName;
  byId("business-avatar").textContent = initials(manner.businessName);
  byId("writing-as").textContent = person?.typing ? t("typing") : person ? t("writing_as", values) : "";
  byId("writing-as").classList.toggle("now", Boolean(person?.typing));
}

const shown = (entry) => !entry.reaction && (!manner.phoneNumberId || entry.number === manner.phoneNumberId);

function append(person, entry) {
  if (!shown(entry)) return;
  const day = startOfDay(entry.at);
  if (String(day) !== log.dataset.day || !log.firstChild) {
    log.append(el("p", { class: "day" }, el("span", {}, dayName(entry.at))));
    log.dataset.day = day;
  }
  log.append(bubble(person, entry));
}

function drawEntry({ person, entry }) {
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < FOLLOWS;
  const old = log.querySelector(`[data-wamid="${CSS.escape(entry.wamid)}"]`);
  if (old) {
    update(old, person, entry);
  } else {
    log.querySelector(".invitation")?.remove();
    append(person, entry);
    drawTyping();
    if (entry.mine) ripple();
  }
  if (follows || entry.mine) log.scrollTop = log.scrollHeight;
}

/** A new status: only what it changes is drawn, so that buttons under a finger stay where they are. */
function update(old, person, entry) {
  if (entry.mine) old.querySelector(".meta").replaceWith(meta(entry));
  else if (entry.status === "failed") old.replaceWith(bubble(person, entry));
}

function drawReaction({ person, wamid }) {
  const pills = log.querySelector(`[data-wamid="${CSS.escape(wamid ?? "")}"] .reactions`);
  pills?.replaceWith(reactionPills(person, wamid));
}

function drawTyping() {
  drawHeader();
  typing.remove();
  if (!conversations.open?.typing) return;
  const follows = log.scrollHeight - log.scrollTop - log.clientHeight < FOLLOWS;
  typing.setAttribute("aria-label", t("typing"));
  log.append(typing);
  if (follows) log.scrollTop = log.scrollHeight;
}

/** A drop falls into the pool for every message I send. */
function ripple() {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const ring = el("span", { onanimationend: (event) => event.target.remove() });
  byId("pool").append(ring);
}

function invitation() {
  const button = el("button", { type: "button", class: "primary", onclick: sendSample }, t("empty_burst"));
  return el("div", { class: "invitation" }, el("h3", {}, t("empty_title")), el("p", {}, t("empty_text")), button);
}
