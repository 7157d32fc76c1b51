// The inbox lives here: it hears what changed, asks for that again, and draws it without moving what the eye rests on.
// Without this script everything still works, by links, forms and reloads.
const inbox = document.getElementById("inbox");
const list = inbox.querySelector("[data-list]");
const fresh = inbox.querySelector("[data-fresh]");
const query = inbox.dataset.query;
const here = inbox.dataset.here;
const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const live = { "X-Requested-With": "script" };

// A connection that breaks is told as a server that cannot answer now.
async function fetched(path, options = {}) {
  const asked = fetch(path, { ...options, headers: { ...live, ...options.headers } });
  const answer = await asked.catch(() => new Response(null, { status: 503 }));
  if (answer.status === 401) window.location.assign("/login");
  return answer;
}

// --- Drawing again: an element whose markup is the same stays the same element, with focus, selection and scroll.

function redraw(old, now) {
  if (old.isEqualNode(now)) return;
  const mine = [...old.children];
  const keyed = now.children.length && [...now.children].every((child) => child.id);
  if (!keyed) return void old.replaceWith(now);
  for (const child of mine) if (!now.querySelector(`#${CSS.escape(child.id)}`)) child.remove();
  let place = old.firstElementChild;
  for (const child of [...now.children]) {
    const present = document.getElementById(child.id);
    if (!present || present.parentElement !== old) old.insertBefore(child, place);
    else {
      if (present === place) place = place.nextElementSibling;
      else old.insertBefore(present, place);
      if (!sameWords(present, child)) {
        const [open] = present.querySelectorAll("details[open]");
        if (!open) present.replaceWith(child);
      }
    }
  }
}

// Times were told again in the reader's own zone: they are no difference.
function sameWords(one, other) {
  const bare = (element) => {
    const copy = element.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) (time.textContent = ""), time.removeAttribute("title");
    return copy;
  };
  return bare(one).isEqualNode(bare(other));
}

// --- The list

let waiting = null;
const looksAtList = () => list.matches(":hover") || list.contains(document.activeElement);
const hasMorePages = () => list.dataset.pages > 1;

// Whether nothing is left to do: what the server cannot answer now is asked again.
async function freshRows() {
  const answer = await fetched(`/inbox/rows${query}${query ? "&" : "?"}here=${here}`);
  if (!answer.ok) return answer.status < 500;
  const rows = parse(await answer.text()).getElementById("rows");
  tellCounts(rows);
  if (looksAtList() || hasMorePages()) keepInPlace(rows);
  else drawRows(rows);
  return true;
}

function drawRows(rows) {
  waiting = null;
  fresh.hidden = true;
  redraw(document.getElementById("rows"), rows);
  document.getElementById("rows").dataset.next = rows.dataset.next;
  moreButton.hidden = !rows.dataset.next;
  document.dispatchEvent(new Event("page:drawn"));
}

// The pointer is on the list: rows change where they are; what would move or come in is only counted.
function keepInPlace(rows) {
  const present = document.getElementById("rows");
  let count = 0;
  [...rows.children].forEach((row, place) => {
    const old = document.getElementById(row.id);
    if (!old || present.children[place] !== old) count += 1;
    if (old && !sameWords(old, row)) old.replaceWith(row.cloneNode(true));
  });
  waiting = rows;
  fresh.hidden = count === 0;
  fresh.querySelector("[data-fresh-count]").textContent = count;
  document.dispatchEvent(new Event("page:drawn"));
}

fresh.addEventListener("click", () => {
  if (waiting) drawRows(waiting);
  list.scrollTop = 0;
});
list.addEventListener("pointerleave", () => {
  if (waiting && !hasMorePages()) drawRows(waiting);
});

const moreButton = inbox.querySelector("[data-more]");
moreButton.addEventListener("click", async () => {
  const rows = document.getElementById("rows");
  const before = encodeURIComponent(rows.dataset.next);
  const answer = await fetched(`/inbox/rows${query}${query ? "&" : "?"}here=${here}&before=${before}`);
  if (!answer.ok) return;
  const next = parse(await answer.text()).getElementById("rows");
  for (const row of [...next.children]) if (!document.getElementById(row.id)) rows.append(row);
  rows.dataset.next = next.dataset.next;
  list.dataset.pages = Number(list.dataset.pages ?? 1) + 1;
  moreButton.hidden = !next.dataset.next;
  document.dispatchEvent(new Event("page:drawn"));
});

// --- Counts on the tabs

function tellCounts(rows) {
  for (const [key, count] of [["mine", rows.dataset.mine], ["needs_human", rows.dataset.waiting]]) {
    const badge = inbox.querySelector(`[data-count="${key}"]`);
    badge.textContent = count;
    badge.hidden = count === "0";
  }
}

// --- The dialog

const dialog = () => document.getElementById("dialog");
const thread = () => dialog()?.querySelector("[data-thread]");
const whole = () => (new URLSearchParams(location.search).get("all") ? "all=1" : "");

function toEnd() {
  const scroll = thread();
  if (scroll) scroll.scrollTop = scroll.scrollHeight;
}

// Who reads the end goes on reading it when the composer takes more room, or a picture has come.
let reading = true;
if (thread()) {
  const isAtEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  thread().addEventListener("scroll", () => (reading = isAtEnd(thread())));
  const grown = new ResizeObserver(() => reading && toEnd());
  grown.observe(thread());
  grown.observe(document.getElementById("lines"));
}

async function freshDialog() {
  const extra = [query.slice(1), whole()].filter(Boolean).join("&");
  const answer = await fetched(`/conversations/${here}/thread${extra ? `?${extra}` : ""}`);
  if (!answer.ok) return answer.status < 500;
  drawDialog(parse(await answer.text()).getElementById("dialog"));
  return true;
}

function drawDialog(now, { cleared = false, answers = false } = {}) {
  // An answer may be overtaken by a newer one: what was read earlier is not drawn over it.
  if (Number(now.dataset.at) < Number(dialog().dataset.at)) {
    if (answers) drawComposer(now, cleared, answers);
    return;
  }
  const scroll = thread();
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  redraw(document.getElementById("lines"), now.querySelector("#lines"));
  const old = dialog();
  Object.assign(old.dataset, now.dataset);
  drawPart("header", now);
  drawPart("wanted", now);
  drawComposer(now, cleared, answers);
  const panel = document.getElementById("panel");
  const newPanel = now.querySelector("#panel");
  newPanel.className = panel.className;
  if (!sameWords(panel, newPanel)) panel.replaceWith(newPanel);
  if (atEnd) toEnd();
  document.dispatchEvent(new Event("page:drawn"));
  markRead();
}

function drawPart(name, now) {
  const old = dialog().querySelector(`[data-part="${name}"]`);
  const part = now.querySelector(`[data-part="${name}"]`);
  if (old && part) sameWords(old, part) || old.replaceWith(part);
  else if (old) old.remove();
  else if (part) dialog().querySelector("[data-head]").after(part);
}

// What somebody is typing stays, with the caret; the composer is drawn anew only when who has the word changes. What was
// wrong with the last thing they did stays, too, until they do the next.
function drawComposer(now, cleared, answers) {
  const old = dialog().querySelector('[data-part="composer"]');
  const part = now.querySelector('[data-part="composer"]');
  const alarm = part.querySelector('[role="alert"]');
  const told = old.querySelector('[role="alert"]');
  if (answers) told?.remove();
  if (old.dataset.state === part.dataset.state && !cleared) {
    if (alarm) old.prepend(alarm);
    const [left, right] = [old, part].map((each) => each.querySelector(":scope > div time"));
    if (left && right) left.dateTime = right.dateTime;
    return;
  }
  const typed = cleared ? [] : [...old.querySelectorAll("[data-keep]")].map((each) => [each.dataset.keep, each.value]);
  const tab = old.querySelector('[data-tab][aria-selected="true"]')?.dataset.tab ?? "reply";
  const focused = document.activeElement?.dataset?.keep;
  const chooser = old.querySelector("[data-files]"); // the browser's window for choosing may be open on it
  if (chooser) part.querySelector("[data-files]")?.replaceWith(chooser);
  if (told && !answers) part.prepend(told);
  old.replaceWith(part);
  for (const [key, value] of typed) {
    const field = part.querySelector(`[data-keep="${key}"]`);
    if (field) field.value = value;
  }
  chooseTab(tab);
  document.dispatchEvent(new Event("dialog:composer"));
  if (focused || cleared) part.querySelector(`[data-keep="${focused ?? "say"}"]`)?.focus();
}

function chooseTab(name) {
  for (const tab of dialog().querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  for (const each of dialog().querySelectorAll("[data-for]")) each.hidden = each.dataset.for !== name;
}

function markRead() {
  if (document.hidden || !dialog() || dialog().dataset.unread === "0") return;
  dialog().dataset.unread = "0";
  fetched(`/conversations/${here}/read`, { method: "POST" }).then(() => {
    dirty.list = true;
    draw();
  });
}

document.addEventListener("dialog:answer", ({ detail }) => {
  drawDialog(detail.now, { ...detail, answers: true });
  if (detail.said) toEnd();
  dirty.dialog = true;
  draw();
});

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (tab) chooseTab(tab.dataset.tab);
  if (event.target.closest("[data-panel]")) document.getElementById("panel").classList.toggle("is-open");
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open).showModal();
});

// --- The keyboard: Enter sends, Shift+Enter breaks (on a phone's, which has no such key, Enter breaks and the button
// sends); single keys only while nobody types, and only if wanted.

const hasRealKeyboard = !matchMedia("(pointer: coarse)").matches;
const keys = document.querySelector("[data-keys]");
keys.checked = localStorage.getItem("keys") !== "off";
keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("[data-write]");
  if (field && event.key === "Enter" && hasRealKeyboard && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    field.form.requestSubmit();
  } else if (field && event.key === "/" && !field.value && field.dataset.keep === "say") {
    event.preventDefault();
    const menu = dialog().querySelector("[data-replies]").parentElement;
    menu.open = true;
    menu.querySelector("button, a")?.focus();
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || !keys.checked || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const act = shortcuts[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("keydown", (event) => event.key === "Escape" && document.getElementById("panel")?.classList.remove("is-open"));

const press = (key) => dialog()?.querySelector(`[data-key="${key}"]`)?.click();
function write(tab) {
  if (!dialog()) return;
  chooseTab(tab);
  dialog().querySelector(`[data-for="${tab}"]:not([hidden]) [data-write]`)?.focus();
}
function move(step) {
  const links = [...document.querySelectorAll("#rows a.inbox-row")];
  const at = links.findIndex((link) => link === document.activeElement || (link.ariaCurrent && !list.contains(document.activeElement)));
  links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus();
}
const shortcuts = {
  j: () => move(1),
  k: () => move(-1),
  t: () => press("t"),
  b: () => press("b"),
  e: () => press("e"),
  r: () => write("reply"),
  n: () => write("note"),
  a: () => dialog()?.querySelector("[data-files]")?.click(),
  "/": () => inbox.querySelector("[data-search]").focus(),
  "?": () => document.getElementById("shortcuts").showModal(),
};

// --- What changed, as live.js hears it

let dirty = { list: false, dialog: false };
let drawing = false;

// After 1, 2, 4 … up to 30 seconds, each page at a moment of its own.
const pause = (failures) => Math.min(30_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2);

async function draw() {
  if (drawing) return;
  drawing = true;
  try {
    for (let failures = 0; dirty.list || dirty.dialog; ) {
      const now = dirty;
      dirty = { list: false, dialog: false };
      const done = [!now.dialog || !here || freshDialog(), !now.list || freshRows()];
      const [dialogDone, listDone] = (await Promise.allSettled(done)).map((each) => each.value ?? false);
      dirty.dialog ||= !dialogDone;
      dirty.list ||= !listDone;
      failures = dialogDone && listDone ? 0 : failures + 1;
      if (failures) await new Promise((later) => setTimeout(later, pause(failures)));
    }
  } finally {
    drawing = false;
  }
}

document.addEventListener("live:changed", ({ detail: changed }) => {
  const everything = changed.includes("everything");
  dirty.list ||= everything || changed.some((id) => id !== "everything");
  dirty.dialog ||= everything || changed.includes(here);
  draw();
});
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("visibilitychange", markRead);

toEnd();
markRead();
document.querySelector('#rows [aria-current="page"]')?.scrollIntoView({ block: "nearest" });
