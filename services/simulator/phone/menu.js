/** A small menu above or below its button: arrow keys, Escape, a click elsewhere; focus goes back where it was. */

import { el } from "./element.js";

let close = () => undefined;

/**
 * Open a menu for `button`. `items`: `[{label, face, choose, class}]`, `face` being what is shown (a node or text).
 * A second call, or the same button again, closes it.
 */
export function openMenu(button, label, items, className = "") {
  const again = button.getAttribute("aria-expanded") === "true";
  close();
  if (again) return;
  const menu = el("div", { class: `menu ${className}`, role: "menu", "aria-label": label });
  menu.append(...items.map((item) => menuItem(item)));
  button.setAttribute("aria-expanded", "true");
  document.body.append(menu);
  place(menu, button);
  menu.firstElementChild.focus();
  menu.addEventListener("keydown", (event) => onKey(event, menu, button));
  const outside = (event) => menu.contains(event.target) || button.contains(event.target) || close();
  document.addEventListener("pointerdown", outside);
  window.addEventListener("resize", dismiss);
  close = () => {
    document.removeEventListener("pointerdown", outside);
    window.removeEventListener("resize", dismiss);
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    close = () => undefined;
  };
}

const dismiss = () => close();

function menuItem({ label, face, choose, class: className = "" }) {
  const chosen = () => {
    close();
    choose();
  };
  const attributes = { type: "button", role: "menuitem", tabindex: "-1", class: className, onclick: chosen };
  return el("button", { ...attributes, "aria-label": label, title: label }, face);
}

function onKey(event, menu, button) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  if (event.key in steps) items.at((at + steps[event.key]) % items.length).focus();
  else if (event.key === "Home") items[0].focus();
  else if (event.key === "End") items.at(-1).focus();
  else if (event.key === "Escape") button.focus();
  if (event.key === "Escape" || event.key === "Tab") close();
  if (event.key in steps || ["Home", "End", "Escape"].includes(event.key)) event.preventDefault();
}

/** Above the button where there is room, else below; always inside the section (the phone) the button is in. */
function place(menu, button) {
  const gap = 8;
  const anchor = button.getBoundingClientRect();
  const around = button.closest("section").getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const above = anchor.top - height - gap;
  const below = Math.min(anchor.bottom + gap, around.bottom - height - gap);
  menu.style.top = `${above > around.top ? above : below}px`;
  menu.style.left = `${Math.max(around.left + gap, Math.min(anchor.left, around.right - width - 2 * gap))}px`;
}
