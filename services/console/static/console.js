// Small things that every page does: times in the reader's own zone, copying, menus. No page needs it to be read.
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
const dayName = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
const wholeDay = new Intl.DateTimeFormat(language, { dateStyle: "full" });
const moment = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });

// [how many, of what]: the largest unit that has passed whole.
function passed(at, now) {
  const minutes = Math.max(0, Math.floor((now - at) / 60000));
  if (minutes < 60) return [minutes, "minute"];
  return minutes < 24 * 60 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
}

function ago(at, now) {
  const [count, unit] = passed(at, now);
  if (!count) return language === "es" ? "ahora" : "now";
  return unit === "day" && count >= 7 ? day.format(at) : `${count} ${{ minute: "min", hour: "h", day: "d" }[unit]}`;
}

function past(at, now) {
  const [count, unit] = passed(at, now);
  if (!count) return language === "es" ? "recién" : "just now";
  return unit === "day" && count >= 7 ? `${language === "es" ? "el " : ""}${day.format(at)}` : relative.format(-count, unit);
}

// Today and yesterday by their words, other days by their names.
function named(at, now) {
  const midnight = (each) => new Date(each.getFullYear(), each.getMonth(), each.getDate());
  const days = Math.round((midnight(now) - midnight(at)) / 86400000);
  const words = days === 0 || days === 1 ? new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day") : dayName.format(at);
  return words[0].toUpperCase() + words.slice(1);
}

function left(at, now) {
  const seconds = Math.max(0, Math.floor((at - now) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

const forms = { ago, past, left, clock: (at) => clock.format(at), moment: (at) => moment.format(at), day: named };

function tellTimes(root = document) {
  const now = new Date();
  for (const each of root.querySelectorAll("time[data-show]")) {
    const isDay = each.dateTime.length === 10; // in no zone: read as this browser's
    const at = new Date(isDay ? `${each.dateTime}T00:00` : each.dateTime);
    const words = forms[each.dataset.show](at, now);
    if (each.textContent !== words) each.textContent = words;
    if (!isDay) each.title = whole.format(at);
  }
}

// A field for a date shows it as the browser's language has it: below it stands the same day in the reader's.
function tellDay(field) {
  document.getElementById(field.dataset.told).textContent = field.value ? wholeDay.format(new Date(`${field.value}T00:00`)) : "";
}

// Says so for two seconds. Browsers copy by themselves only on pages that came safely: elsewhere the text is marked.
async function copy(button) {
  const shown = button.parentElement.querySelector("input[readonly]");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    return shown?.select();
  }
  const tell = (done) => {
    for (const each of button.querySelectorAll("[data-when]")) each.hidden = (each.dataset.when === "done") !== done;
  };
  tell(true);
  setTimeout(() => tell(false), 2000);
}

document.addEventListener("click", async (event) => {
  const copying = event.target.closest("[data-copy]");
  if (copying) await copy(copying);
  for (const menu of document.querySelectorAll("details[data-menu][open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("submit", (event) => {
  const asked = event.submitter?.dataset.ask ?? event.target.dataset.ask;
  if (asked && !window.confirm(asked)) event.preventDefault();
});
document.addEventListener("change", (event) => {
  const { names, told } = event.target.dataset;
  if (names) document.getElementById(names).textContent = [...event.target.files].map((file) => file.name).join(", ");
  if (told) tellDay(event.target);
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
});

tellTimes();
for (const field of document.querySelectorAll("[data-told]")) tellDay(field);
setInterval(tellTimes, 1000);
document.addEventListener("page:drawn", () => tellTimes());
