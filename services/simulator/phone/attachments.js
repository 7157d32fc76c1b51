/** The attach menu: everything beside text that a contact can send. */

import { el, icon } from "./element.js";
import { contactCard } from "./interactive.js";
import { t } from "./language.js";
import { openLocationSheet } from "./location.js";
import { openMenu } from "./menu.js";
import { makeUpPerson } from "./people.js";
import { sendFromOpen } from "./sending.js";

const KINDS = {
  image: ["photo", () => sendFromOpen({ type: "image", caption: t("sample_caption") })],
  audio: ["voice", () => sendFromOpen({ type: "audio", voice: true })],
  document: ["document", () => sendFromOpen({ type: "document", filename: t("sample_document") })],
  sticker: ["sticker", () => sendFromOpen({ type: "sticker" })],
  location: ["location", openLocationSheet],
  contacts: ["contact", sendMadeUpContact],
  unsupported: ["unknown", () => sendFromOpen({ type: "unsupported" })],
};

export function openAttachments(button) {
  const items = Object.entries(KINDS).map(([kind, [sign, choose]]) => {
    const label = t(`attach_${kind}`);
    return { label, choose, class: `kind-${kind}`, face: el("span", { class: "face" }, icon(sign, 22), label) };
  });
  openMenu(button, t("attach"), items, "attachments");
}

function sendMadeUpContact() {
  const { name, waId } = makeUpPerson(new Set());
  return sendFromOpen(contactCard(name, waId));
}
