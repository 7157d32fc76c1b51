// Somebody needs a person: told on every page by a mark in the rail and in the title, and where the switch is on by a
// sound and, as far as the browser lets us, a notification.
import { live } from "./live.js";

const told = document.querySelector("[data-ring]");
const bells = document.querySelectorAll("[data-bell]");
const title = document.title;
const PAUSE = 2000;
let rings = localStorage.getItem("bell") === "on";
let known = null; // how many wait for a person, and for how many of them nobody came

function ring() {
  const sound = new AudioContext();
  [660, 880].forEach((pitch, place) => {
    const tone = new OscillatorNode(sound, { frequency: pitch, type: "sine" });
    const volume = new GainNode(sound, { gain: 0.12 });
    volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.25 + place * 0.18);
    tone.connect(volume).connect(sound.destination);
    tone.start(sound.currentTime + place * 0.18);
    tone.stop(sound.currentTime + 0.3 + place * 0.18);
  });
}

function show() {
  for (const bell of bells) {
    bell.setAttribute("aria-pressed", String(rings));
    bell.classList.toggle("text-primary", rings);
    for (const glyph of bell.querySelectorAll("[data-when]")) glyph.hidden = (glyph.dataset.when === "on") !== rings;
  }
}

function tell({ waiting: now, missed }) {
  const news = known && (missed > known.missed ? told.dataset.missed : now > known.waiting ? told.dataset.ring : "");
  if (news) {
    told.textContent = news;
    // Of pages that nobody looks at one is enough.
    if (rings && (!document.hidden || live.leads)) ring();
    if (rings && document.hidden && live.leads && window.Notification?.permission === "granted")
      new Notification(news, { tag: "handoff" });
  }
  known = { waiting: now, missed };
  document.title = now ? `(${now}) ${title}` : title;
  for (const badge of document.querySelectorAll("[data-waiting].badge")) {
    badge.textContent = now;
    badge.hidden = !now;
  }
}

// --- How many wait: asked after each change, but not more often than every two seconds, and again where nobody answers.

let asking = false;
let stale = false;

async function look() {
  stale = true;
  if (asking) return;
  asking = true;
  for (let failures = 0; stale; ) {
    stale = false;
    const answer = await fetch("/inbox/waiting", { headers: { "X-Requested-With": "script" } }).catch(() => null);
    if (answer?.ok) tell(await answer.json());
    const busy = !answer || answer.status >= 500;
    stale ||= busy;
    failures = busy ? failures + 1 : 0;
    await new Promise((later) => setTimeout(later, Math.min(30_000, PAUSE * 2 ** failures)));
  }
  asking = false;
}

for (const bell of bells)
  bell.addEventListener("click", () => {
    rings = !rings;
    localStorage.setItem("bell", rings ? "on" : "off");
    show();
    if (!rings) return;
    ring();
    window.Notification?.requestPermission?.();
  });
show();
document.addEventListener("live:changed", look);
