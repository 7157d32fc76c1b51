/** One line about an entry, for the list of people and for quotes. */

import { formatted } from "./formatting.js";
import { t } from "./language.js";

const NAMED = ["image", "video", "document", "sticker", "location", "contacts", "unsupported"];

export function summary(entry) {
  const said = words(entry.payload, entry.kind);
  if (said) return formatted(said).textContent;
  if (entry.kind === "audio") return t("kind_voice");
  if (entry.kind === "template") return entry.text || t("kind_template", { name: entry.payload.template?.name ?? "" });
  if (NAMED.includes(entry.kind)) return entry.payload[entry.kind]?.filename ?? t(`kind_${entry.kind}`);
  return entry.text || t("kind_unknown", { kind: entry.kind });
}

function words(payload, kind) {
  const { body, button_reply: button, list_reply: row } = payload.interactive ?? {};
  const interactive = button?.title ?? row?.title ?? body?.text;
  return payload.text?.body ?? interactive ?? payload.button?.text ?? payload[kind]?.caption;
}
