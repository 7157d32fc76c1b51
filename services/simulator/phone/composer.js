/** Where the reader types: Enter sends at once, Shift+Enter makes a new line; and the sample burst. */

import { openAttachments } from "./attachments.js";
import { conversations } from "./conversations.js";
import { byId, icon } from "./element.js";
import { onLanguage, t } from "./language.js";
import { send } from "./sending.js";

const BETWEEN_LINES_MS = 400;
const MOST_ROWS_PX = 132;

export function startComposer() {
  const text = byId("text");
  byId("attach").append(icon("plus"));
  byId("burst").append(icon("burst"));
  byId("send").append(icon("send"));
  byId("attach").addEventListener("click", () => openAttachments(byId("attach")));
  byId("burst").addEventListener("click", sendBurst);
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    sendTyped(text);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendTyped(text);
  });
  text.addEventListener("input", () => grow(text));
  onLanguage(nameButtons);
  nameButtons();
}

function nameButtons() {
  for (const name of ["attach", "burst", "send"]) {
    byId(name).setAttribute("aria-label", t(name));
    byId(name).title = t(name);
  }
}

/** The field is empty again before the request is, so that the next line of the burst can be typed at once. */
async function sendTyped(text) {
  const typed = text.value.trim();
  if (!typed) return;
  text.value = "";
  grow(text);
  text.focus();
  const taken = await send(conversations.open, { type: "text", text: typed });
  if (!taken) text.value = text.value ? `${typed}\n${text.value}` : typed;
  grow(text);
}

function grow(text) {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, MOST_ROWS_PX)}px`;
}

/** Three prepared lines, as fast as a person who has much to say. They go on for the same person if another is opened. */
export async function sendBurst() {
  const person = conversations.open;
  for (const line of t("burst_lines")) {
    send(person, { type: "text", text: line });
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LINES_MS));
  }
}
