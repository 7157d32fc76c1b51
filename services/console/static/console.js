// Small things that every page does: times in the reader's own zone, copying, menus. No page needs it to be read.
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const moment = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });

function ago(at, now) {
  const minutes = Math.floor((now - at) / 60000);
  if (minutes < 1) return language === "es" ? "ahora" : "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  return minutes < 7 * 24 * 60 ? `${Math.floor(minutes / 1440)} d` : day.format(at);
}

function left(at, now) {
  const seconds = Math.max(0, Math.floor((at - now) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

const forms = { ago, left, clock: (at) => clock.format(at), moment: (at) => moment.format(at), day: (at) => day.format(at) };

function tellTimes(root = document) {
  const now = new Date();
  for (const each of root.querySelectorAll("time[data-show]")) {
    const at = new Date(each.dateTime);
    const words = forms[each.dataset.show](at, now);
    if (each.textContent !== words) each.textContent = words;
    each.title = whole.format(at);
  }
}

document.addEventListener("click", async (event) => {
  const copying = event.target.closest("[data-copy]");
  if (copying) {
    await navigator.clipboard.writeText(copying.dataset.copy);
    copying.classList.add("is-copied");
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("submit", (event) => {
  const asked = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (asked && !window.confirm(asked)) event.preventDefault();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
});

tellTimes();
setInterval(tellTimes, 1000);
document.addEventListener("page:drawn", () => tellTimes());
