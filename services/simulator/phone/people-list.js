/** The list of phones: who, the last line, when, how much is unread; and the sheet for a new person. */

import { ticks } from "./bubble.js";
import { conversations, lastEntry } from "./conversations.js";
import { byId, el, icon } from "./element.js";
import { tickOf } from "./entry.js";
import { onLanguage, shortMoment, t } from "./language.js";
import { hueOf, initials, makeUpPerson, remember } from "./people.js";
import { field, form, openSheet } from "./sheet.js";
import { summary } from "./summary.js";

/** News within this time (milliseconds) is drawn together. */
const TOGETHER_MS = 30;

const buttons = new Map(); // wa_id → the person's button, kept so that neither a click nor the focus is lost

/** Show the list; `open(waId)` is called when one is chosen. */
export function startPeopleList(open) {
  let waiting = null;
  const draw = () => {
    waiting ??= setTimeout(() => {
      waiting = null;
      drawList(open);
    }, TOGETHER_MS);
  };
  conversations.addEventListener("people", draw);
  onLanguage(draw);
  byId("new-person").addEventListener("click", () => openNewPerson(open));
}

function drawList(open) {
  const list = byId("people-list");
  const items = conversations.listed().map((person) => drawRow(person, open).parentElement);
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  const isSame = items.length === list.children.length && items.every((item, at) => item === list.children[at]);
  if (!isSame) list.replaceChildren(...items);
  if (!isSame) focused?.focus();
  byId("new-person").replaceChildren(icon("plus", 18), t("new_person"));
  drawTitle();
}

function drawTitle() {
  const unread = conversations.listed().reduce((sum, person) => sum + person.unread, 0);
  document.title = unread ? `(${unread}) ${t("title")}` : t("title");
}

function drawRow(person, open) {
  const button = buttons.get(person.waId) ?? newButton(person.waId, open);
  const last = lastEntry(person);
  button.setAttribute("aria-current", String(person.waId === conversations.openId));
  button.replaceChildren(
    face(person),
    el("span", { class: "who" }, person.name),
    el("span", { class: "when" }, last ? shortMoment(last.at) : ""),
    lastLine(person, last),
    ...(person.unread ? [unreadCount(person.unread)] : []),
  );
  return button;
}

function newButton(waId, open) {
  const button = el("button", { type: "button", class: "person", onclick: () => open(waId) });
  el("li", {}, button);
  buttons.set(waId, button);
  return button;
}

function unreadCount(count) {
  const words = t("unread", { count: "" }).trim();
  return el("span", { class: "unread" }, String(count), el("span", { class: "unseen" }, ` ${words}`));
}

function face(person) {
  const avatar = el("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name));
  avatar.style.setProperty("--hue", hueOf(person.waId));
  return avatar;
}

function lastLine(person, last) {
  if (person.typing) return el("span", { class: "last now" }, t("typing"));
  if (!last) return el("span", { class: "last" }, t("no_messages"));
  const line = summary(last);
  return el("span", { class: "last" }, last.mine && ticks(tickOf(last)), last.mine ? t("you", { text: line }) : line);
}

function openNewPerson(open) {
  const { waId, name } = makeUpPerson(conversations.people);
  openSheet(t("new_person"), (close) => form(t("create"), [
    field(t("name"), "name", { value: name, maxlength: 60 }),
    field(t("phone_number"), "waId", { value: waId, inputmode: "numeric", pattern: "\\d{8,15}", title: t("phone_number_rule") }),
  ], (values, sheet) => {
    if (!isFree(values.waId, sheet)) return;
    close();
    remember(values);
    conversations.meet(values.waId, values.name);
    open(values.waId);
  }));
}

function isFree(waId, sheet) {
  const input = sheet.elements.waId;
  const problem = conversations.people.has(waId) ? t("phone_number_taken") : "";
  input.setCustomValidity(problem);
  input.addEventListener("input", () => input.setCustomValidity(""), { once: true });
  return input.reportValidity();
}
