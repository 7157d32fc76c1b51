/** Reactions: choosing one for a message of the business, and showing both sides' under a bubble. */

import { el, icon } from "./element.js";
import { t } from "./language.js";
import { openMenu } from "./menu.js";
import { send } from "./sending.js";

const FACES = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export function reactionButton(person, entry) {
  const button = el("button", { type: "button", class: "icon react", "aria-haspopup": "menu", "aria-expanded": "false" });
  button.setAttribute("aria-label", t("react"));
  button.title = t("react");
  button.append(icon("smile", 20));
  button.addEventListener("click", () => openMenu(button, t("react"), choices(person, entry.wamid), "faces"));
  return button;
}

function choices(person, wamid) {
  const mine = person.reactions.get(wamid)?.mine;
  const react = (emoji) => () => send(person, { type: "reaction", emoji, to: wamid });
  const items = FACES.map((face) => ({ label: t("react_with", { emoji: face }), face, choose: react(face), class: face === mine ? "chosen" : "" }));
  if (mine) items.push({ label: t("react_remove"), face: icon("close", 20), choose: react("") });
  return items;
}

/** The little pills under a bubble; an element of its own, so that it can be replaced when a reaction comes. */
export function reactionPills(person, wamid) {
  const { mine, theirs } = person.reactions.get(wamid) ?? {};
  const pill = (emoji, key) => emoji && el("span", { role: "img", "aria-label": t(key, { emoji }) }, emoji);
  return el("p", { class: "reactions" }, pill(mine, "reaction_of_you"), pill(theirs, "reaction_of_business"));
}
