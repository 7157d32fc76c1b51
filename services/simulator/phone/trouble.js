/** The trouble panel: break something on purpose, with a sentence saying what will be seen. */

import { byId, el, icon } from "./element.js";
import { onLanguage, t } from "./language.js";
import { manner } from "./sending.js";
import { getFaults, setFaults } from "./simulator.js";

/** The fault each server is told to have, until told otherwise. */
const FAULTS = {
  openai: { kind: "outage", times: null },
  graph: { kind: "timeout_after", times: null },
};

/** What each switch does; resolves when the simulator has it. */
const SWITCHES = {
  openai: (on) => setFaults("openai", on ? [FAULTS.openai] : []),
  graph: (on) => setFaults("graph", on ? [FAULTS.graph] : []),
  duplicates: async (on) => {
    manner.repeat = on ? 3 : 1;
  },
};

const state = { openai: false, graph: false, duplicates: false };

export function startTrouble() {
  byId("trouble-open").addEventListener("click", () => showPanel(!isPanelOver()));
  byId("trouble-close").addEventListener("click", () => showPanel(false));
  byId("trouble-close").append(icon("close"));
  document.addEventListener("keydown", (event) => event.key === "Escape" && isPanelOver() && showPanel(false));
  onLanguage(draw);
  draw();
}

/** Show the switches as the simulator has them: another page, or a test, may have moved them. */
export async function readTrouble() {
  for (const [server, { kind }] of Object.entries(FAULTS)) {
    state[server] = (await getFaults(server)).some((fault) => fault.kind === kind);
  }
  draw();
}

const isPanelOver = () => document.body.classList.contains("trouble-open");

/** On screens without room for the panel it lies over the phone. */
function showPanel(shown) {
  document.body.classList.toggle("trouble-open", shown);
  byId("trouble-open").setAttribute("aria-expanded", String(shown));
  (shown ? byId("trouble-close") : byId("trouble-open")).focus();
}

function draw() {
  byId("trouble-list").replaceChildren(...Object.keys(SWITCHES).map((name) => el("li", {}, row(name))));
  byId("trouble-open").replaceChildren(icon("bolt", 20), el("span", {}, t("trouble")));
  byId("trouble-open").title = t("trouble_open");
  byId("trouble-close").setAttribute("aria-label", t("trouble_close"));
  drawCount();
}

function drawCount() {
  const on = Object.values(state).filter(Boolean).length;
  byId("trouble-open").classList.toggle("on", on > 0);
}

function row(name) {
  const box = el("input", { type: "checkbox", role: "switch", checked: state[name], "aria-describedby": `says-${name}` });
  const problem = el("span", { class: "trouble-note", role: "alert" });
  box.addEventListener("change", () => flip(name, box, problem));
  const label = el("label", {}, el("span", {}, t(`trouble_${name}`)), box);
  return [label, el("p", { id: `says-${name}` }, t(`trouble_${name}_says`)), problem];
}

async function flip(name, box, problem) {
  problem.textContent = "";
  try {
    await SWITCHES[name](box.checked);
    state[name] = box.checked;
  } catch {
    box.checked = state[name];
    problem.textContent = t("trouble_failed");
  }
  drawCount();
}
