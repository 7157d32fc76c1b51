/** What stands inside a bubble, by kind of message. */

import { landscape, seedOf, stickerFace, streetMap, waveform } from "./drawings.js";
import { el, icon } from "./element.js";
import { formatted, outsideLink } from "./formatting.js";
import { interactive } from "./interactive.js";
import { t } from "./language.js";
import { readableNumber } from "./people.js";

const KINDS = {
  text: (entry) => words(entry.payload.text?.body ?? entry.text),
  image: (entry) => [picture(entry, "photo", t("kind_image")), caption(entry)],
  video: (entry) => [picture(entry, "play", t("kind_video")), caption(entry)],
  sticker: () => stickerFace(t("kind_sticker")),
  audio,
  document: documentTile,
  location,
  contacts,
  interactive: (entry) => interactive(entry, words),
  template: (entry) => words(entry.text || t("kind_template", { name: body(entry).name ?? "" })),
  button: (entry) => words(entry.payload.button?.text ?? entry.text),
  unsupported: () => note("warning", t("kind_unsupported")),
};

/** Nodes for one entry; a kind the page does not know is named, with whatever text there is. */
export function content(entry) {
  const draw = KINDS[entry.kind];
  const nodes = draw ? [draw(entry)] : [note("unknown", t("kind_unknown", { kind: entry.kind })), words(entry.text)];
  return nodes.flat().filter(Boolean);
}

const body = (entry) => entry.payload[entry.kind] ?? {};
const words = (text) => (text ? el("p", { class: "words" }, formatted(text)) : null);
const caption = (entry) => words(body(entry).caption);
const note = (sign, text) => el("p", { class: "note" }, icon(sign, 18), text);

function picture(entry, sign, label) {
  const tile = el("span", { class: "picture", role: "img", "aria-label": label }, landscape(seedOf(entry.wamid)));
  if (sign === "play") tile.append(icon("play", 34));
  const { link } = body(entry);
  return link ? outsideLink(link, { class: "plain" }, tile) : tile;
}

function audio(entry) {
  const label = body(entry).voice === false ? t("kind_audio") : t("kind_voice");
  const seed = seedOf(entry.wamid);
  const length = el("span", { class: "fine" }, `0:${String(3 + (seed % 24)).padStart(2, "0")}`);
  return el("p", { class: "audio", role: "img", "aria-label": label }, icon("voice", 26), waveform(seed), length);
}

function documentTile(entry) {
  const { filename, link } = body(entry);
  const tile = [icon("document", 28), el("span", {}, filename ?? t("kind_document"))];
  const shown = link ? outsideLink(link, { class: "file" }, ...tile) : el("p", { class: "file" }, ...tile);
  return [shown, caption(entry)];
}

function location(entry) {
  const { latitude, longitude, name, address } = body(entry);
  const place = el("div", { class: "place" }, el("strong", {}, name ?? t("kind_location")));
  if (address) place.append(el("span", {}, address));
  if (latitude !== undefined) place.append(el("span", { class: "fine" }, `${latitude}, ${longitude}`));
  return [el("div", { class: "map" }, streetMap(seedOf(`${latitude}${longitude}`))), place];
}

function contacts(entry) {
  const cards = Array.isArray(entry.payload.contacts) ? entry.payload.contacts : [];
  return cards.map((card) => {
    const phone = card.phones?.[0] ?? {};
    const number = phone.phone ?? (phone.wa_id ? readableNumber(phone.wa_id) : "");
    const name = el("strong", {}, card.name?.formatted_name ?? t("kind_contacts"));
    return el("div", { class: "card" }, icon("contact", 30), el("div", {}, name, el("span", { class: "fine" }, number)));
  });
}
