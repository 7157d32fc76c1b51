// Writing in a dialog. What a form says goes out without a reload, files by their bytes; the answer is the dialog as it
// is then, which inbox.js draws. Without this script forms are sent as forms, with one file each.
const composer = () => document.querySelector("[data-composer]");
const input = () => composer()?.querySelector("[data-files]");

async function post(form, body) {
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "script" } });
  if (answer.status === 401) window.location.assign("/login");
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("dialog");
  return { ok: answer.ok, status: answer.status, now };
}

// One message for each file; the text and the buttons go with the first. The same message again, after a broken
// connection, bears the same key: it is said once.
const keys = new WeakMap();
const keyOf = (thing) => keys.get(thing) ?? keys.set(thing, crypto.randomUUID()).get(thing);

function messages(form) {
  const files = form.contains(input()) ? chosen : [];
  return (files.length ? files : [null]).map((file, place) => {
    const body = new FormData(form);
    body.delete("file");
    if (file) body.set("file", file);
    if (place) body.delete("text");
    if (form.matches("[data-say]")) body.set("key", keyOf(file ?? form));
    return { body, file };
  });
}

async function send(form) {
  const says = form.matches("[data-say]");
  const waiting = messages(form);
  while (waiting.length) {
    const { body, file } = waiting.shift();
    const { ok, status, now } = await post(form, body);
    const cleared = ok && says && !waiting.length;
    if (now) document.dispatchEvent(new CustomEvent("dialog:answer", { detail: { now, cleared, said: ok && says } }));
    if (!ok) return status === 413 && alarm(list().dataset.tooLarge);
    if (file) drop(file);
    else keys.delete(form);
    const text = form.querySelector("[data-write]");
    if (says && text) text.value = "";
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-live]") || event.defaultPrevented) return;
  event.preventDefault();
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((button) => (button.disabled = true));
  try {
    await send(form);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // fetch's only word for a connection that broke
    alarm(composer().dataset.offline);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
});
document.addEventListener("input", (event) => keys.delete(event.target.closest?.("form[data-say]") ?? event));

function alarm(words) {
  const told = document.createElement("p");
  told.setAttribute("role", "alert");
  told.className = "composer-alarm";
  told.textContent = words;
  composer().parentElement.querySelector('[role="alert"]')?.remove();
  composer().before(told);
}

// --- Files: chosen, dropped or pasted; several at a time, each can be taken away again.

let chosen = [];
const list = () => composer()?.querySelector("[data-chosen]");

function add(files) {
  const largest = Number(list().dataset.largest);
  const fitting = [...files].filter((file) => file.size <= largest);
  if (fitting.length < files.length) alarm(list().dataset.tooLarge);
  chosen = [...chosen, ...fitting];
  show();
  composer().querySelector("[data-write]").focus();
}

function drop(file) {
  chosen = chosen.filter((each) => each !== file);
  if (list()) show();
}

function show() {
  list().replaceChildren(...chosen.map(chip));
  list().hidden = !chosen.length;
  input().value = ""; // what is sent is `chosen`; the same file may be chosen again
}

document.addEventListener("dialog:composer", () => list() && show());

function chip(file) {
  const item = document.createElement("li");
  item.className = "file-chip";
  if (file.type.startsWith("image/")) {
    const picture = new Image();
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
    picture.onload = () => URL.revokeObjectURL(picture.src);
    item.append(picture);
  }
  const name = document.createElement("span");
  name.textContent = `${file.name} · ${size(file.size)}`;
  const away = document.createElement("button");
  away.type = "button";
  away.textContent = "×";
  away.setAttribute("aria-label", `${list().dataset.dropIt}: ${file.name}`);
  away.addEventListener("click", () => {
    drop(file);
    composer().querySelector("[data-write]").focus();
  });
  item.append(name, away);
  return item;
}

function size(bytes) {
  const [number, unit] = bytes < 1048576 ? [bytes / 1024, "KB"] : [bytes / 1048576, "MB"];
  return `${number.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })} ${unit}`;
}

document.addEventListener("change", (event) => event.target.matches("[data-files]") && add(event.target.files));
document.addEventListener("paste", (event) => {
  if (!input() || !event.clipboardData.files.length) return;
  event.preventDefault();
  add(event.clipboardData.files);
});
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.("#dialog");
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  composer().classList.toggle("is-dropping", Boolean(input()));
});
document.addEventListener("dragleave", (event) => event.relatedTarget?.closest?.("#dialog") || composer()?.classList.remove("is-dropping"));
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  composer().classList.remove("is-dropping");
  if (input()) add(event.dataTransfer.files);
});

// --- Buttons: how many go along is seen when their menu is shut, too.

document.addEventListener("input", (event) => {
  if (event.target.name !== "button") return;
  const badge = composer().querySelector("[data-buttons]");
  const filled = [...event.target.form.querySelectorAll('[name="button"]')].filter((each) => each.value.trim()).length;
  badge.textContent = filled;
  badge.hidden = !filled;
});

// --- Saved replies, and what a template says with its gaps filled

function insertReply(text) {
  const field = composer().querySelector('[data-keep="say"]');
  field.value = field.value && field.value !== "/" ? `${field.value} ${text}` : text;
  for (const menu of composer().querySelectorAll("details[open]")) menu.open = false;
  field.focus();
}
document.addEventListener("click", (event) => {
  const reply = event.target.closest("[data-insert]");
  if (reply) insertReply(reply.dataset.insert);
});

function preview(field) {
  const place = field.form.querySelector(`[data-gap="${field.dataset.fill}"]`);
  if (place) place.textContent = field.value || "…";
}
document.addEventListener("toggle", (event) => event.target.querySelectorAll?.("[data-fill]").forEach(preview), true);
document.addEventListener("input", (event) => event.target.matches("[data-fill]") && preview(event.target));
