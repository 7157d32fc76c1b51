/**
 * The phone page: puts the parts together. What happens comes as events from the simulator into `conversations`;
 * the chat and the list draw what stands there; what the reader does goes out through `sending.js`.
 */

import { drawAll, startChat } from "./chat.js";
import { sendBurst, startComposer } from "./composer.js";
import { conversations } from "./conversations.js";
import { byId, el, icon } from "./element.js";
import { language, onLanguage, setLanguage, t, translatePage } from "./language.js";
import { addedPeople } from "./people.js";
import { startPeopleList } from "./people-list.js";
import { manner } from "./sending.js";
import { getConversation, getState, listen } from "./simulator.js";
import { readTrouble, startTrouble } from "./trouble.js";

const isNarrow = matchMedia("(max-width: 719px)");

const onChatScreen = () => document.body.dataset.screen === "chat";

function start() {
  translatePage();
  startLanguages();
  startChat(sendBurst);
  startComposer();
  startPeopleList(openPerson);
  startTrouble();
  byId("back").append(icon("back"));
  byId("back").addEventListener("click", showPeople);
  conversations.isWatched = () => document.visibilityState === "visible" && (!isNarrow.matches || onChatScreen());
  document.addEventListener("visibilitychange", () => conversations.seen());
  listen(onEvent, onConnection);
}

function startLanguages() {
  const show = () => {
    for (const button of byId("language").children) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language()));
    }
    byId("back").setAttribute("aria-label", t("back"));
    if (byId("connection").textContent) showConnection();
  };
  byId("language").addEventListener("click", ({ target }) => target.dataset.language && setLanguage(target.dataset.language));
  onLanguage(show);
  show();
}

const WHAT = {
  message: (event) => conversations.record(event),
  status: (event) => conversations.record(event),
  typing: (event) => conversations.startTyping(event.contact),
  contact: (event) => conversations.meet(event.contact, event.name),
  reset: () => {
    conversations.forget();
    readAgain();
  },
};

/** Events the page has no use for (a webhook's post) pass by. */
const onEvent = (event) => WHAT[event.what]?.(event);

/** After every (re)connection the record is read again: events may have been missed meanwhile. */
function onConnection(up) {
  document.body.classList.toggle("offline", !up);
  showConnection();
  if (up) readAgain();
}

function showConnection() {
  byId("connection").textContent = t(document.body.classList.contains("offline") ? "reconnecting" : "connected");
}

let reading = Promise.resolve();

/** One reading after the other. One that fails is made up for when the connection, broken too, is back. */
function readAgain() {
  reading = reading.then(readEverything).catch((error) => console.warn(error));
}

async function readEverything() {
  const { numbers, contacts } = await getState();
  for (const { wa_id: waId, name } of contacts) conversations.meet(waId, name);
  for (const { waId, name } of addedPeople()) conversations.meet(waId, name);
  showNumbers(numbers);
  if (!conversations.open) conversations.show(conversations.listed()[0].waId);
  await readTrouble();
  await Promise.all(contacts.map((contact) => conversations.load(conversations.meet(contact.wa_id), getConversation)));
}

/** With several business numbers the reader picks the one to write to. */
function showNumbers(numbers) {
  const select = byId("numbers");
  const chosen = numbers.find((number) => number.phone_number_id === manner.phoneNumberId) ?? numbers[0];
  const options = numbers.map((number) =>
    el("option", { value: number.phone_number_id, selected: number === chosen }, `${number.name} ${number.display_phone_number}`));
  select.replaceChildren(...options);
  byId("numbers-label").hidden = numbers.length < 2;
  const choose = (number) => Object.assign(manner, { phoneNumberId: number.phone_number_id, businessName: number.name });
  select.onchange = () => {
    choose(numbers[select.selectedIndex]);
    drawAll();
  };
  choose(chosen);
}

/** On a narrow screen list and chat are two screens of the same phone. */
function openPerson(waId) {
  document.body.dataset.screen = "chat";
  conversations.show(waId);
  byId("text").focus({ preventScroll: true });
}

function showPeople() {
  document.body.dataset.screen = "people";
  if (isNarrow.matches) byId("people-list").querySelector("[aria-current=true]")?.focus();
}

start();
