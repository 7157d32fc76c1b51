/** A modal sheet (native `<dialog>`): the browser keeps focus inside and closes it with Escape. */

import { el, icon } from "./element.js";
import { t } from "./language.js";

/** Open a sheet titled `title`; `fill(close)` gives its content. Resolves nothing: content acts by itself. */
export function openSheet(title, fill) {
  const heading = el("h2", { id: "sheet-title" }, title);
  const dialog = el("dialog", { class: "sheet", "aria-labelledby": "sheet-title" });
  const close = () => dialog.close();
  const leave = el("button", { type: "button", class: "icon", "aria-label": t("cancel"), onclick: close }, icon("close"));
  dialog.append(el("header", {}, heading, leave), ...[fill(close)].flat());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A labelled input of a form; `attributes` go to the input. */
export function field(label, name, attributes = {}) {
  return el("label", { class: "field" }, el("span", {}, label), el("input", { name, required: true, ...attributes }));
}

/** A form whose button reads `label`; `submit(values)` gets a plain object. */
export function form(label, fields, submit) {
  const onsubmit = (event) => {
    event.preventDefault();
    submit(Object.fromEntries(new FormData(event.target)), event.target);
  };
  return el("form", { class: "fields", onsubmit }, ...fields, el("button", { class: "primary" }, label));
}
