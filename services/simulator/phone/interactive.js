/** Interactive messages of the business, tappable; and what the contact's own taps look like. */

import { conversations } from "./conversations.js";
import { el, icon } from "./element.js";
import { outsideLink } from "./formatting.js";
import { t } from "./language.js";
import { openLocationSheet } from "./location.js";
import { readableNumber } from "./people.js";
import { sendFromOpen } from "./sending.js";
import { openSheet } from "./sheet.js";

const ACTIONS = {
  button: ({ action }, entry) => (action?.buttons ?? []).map(({ reply }) => replyButton(reply, entry)),
  list: ({ action }, entry) => actionButton("list", action?.button ?? t("choose"), () => openList(action, entry)),
  cta_url: ({ action }) => websiteLink(action?.parameters ?? {}),
  location_request_message: () => actionButton("location", t("share_location"), openLocationSheet),
  request_contact_info: () => actionButton("contact", t("share_contact"), shareNumber),
  flow: ({ action }) => el("p", { class: "fine" }, `${action?.parameters?.flow_cta ?? t("kind_flow")}: ${t("flow_note")}`),
};

/** Nodes for an interactive entry; `words(text)` makes its paragraphs. */
export function interactive(entry, words) {
  const message = entry.payload.interactive ?? {};
  const chosen = message.button_reply ?? message.list_reply;
  if (chosen) return [words(chosen.title), chosen.description && el("p", { class: "fine" }, chosen.description)];
  const header = message.header?.text && el("p", { class: "headline" }, message.header.text);
  const footer = message.footer?.text && el("p", { class: "fine" }, message.footer.text);
  const actions = ACTIONS[message.type]?.(message, entry);
  return [header, words(message.body?.text ?? entry.text), footer, actions && el("div", { class: "actions" }, actions)];
}

function replyButton(reply, entry) {
  const tap = () => answer(entry, reply);
  return el("button", { type: "button", class: "action", "data-reply": reply.id, onclick: tap }, reply.title);
}

const actionButton = (sign, label, tap) =>
  el("button", { type: "button", class: "action", onclick: tap }, icon(sign, 18), label);

const websiteLink = ({ url, display_text: label }) =>
  outsideLink(url ?? "", { class: "action" }, icon("link", 18), label ?? t("open"));

/** A reply button or a list row was tapped. */
const answer = (entry, { id, title, description }) =>
  sendFromOpen({ type: "button", id, title, ...(description ? { description } : {}), to: entry.wamid });

function openList(action, entry) {
  openSheet(action?.button ?? t("choose"), (close) => (action?.sections ?? []).map((section) => listSection(section, (row) => {
    close();
    answer(entry, row);
  })));
}

function listSection({ title, rows = [] }, choose) {
  const items = rows.map((row) =>
    el("li", {}, el("button", { type: "button", class: "row", onclick: () => choose(row) },
      el("strong", {}, row.title), row.description && el("span", { class: "fine" }, row.description))));
  return el("section", { class: "rows" }, title && el("h3", {}, title), el("ul", {}, ...items));
}

function shareNumber() {
  const { name, waId } = conversations.open;
  return sendFromOpen(contactCard(name, waId, "contact_request"));
}

/** A `contacts` item of the control API with one card. */
export function contactCard(name, waId, origin = "other") {
  const card = {
    name: { formatted_name: name, first_name: name.split(" ")[0] },
    phones: [{ phone: readableNumber(waId), wa_id: waId, type: "CELL" }],
    origin,
  };
  return { type: "contacts", contacts: [card] };
}
