/** What every phone on the page shows: its messages, reactions, unread count and whether the business is typing. */

import { readEntry } from "./entry.js";

/** The business's typing indicator ends with its next message or after this long (Graph API, typing indicators). */
const TYPING_MS = 25_000;

/**
 * Tells its listeners: `people` (the list changed), `entry` (detail {person, entry, fresh}), `reaction`
 * (detail {person, wamid}), `typing` (detail {person}), `loaded` (detail {person}: everything may have changed).
 */
class Conversations extends EventTarget {
  people = new Map();
  openId = null;
  /** Whether the reader has the open conversation before their eyes. */
  isWatched = () => document.visibilityState === "visible";

  get open() {
    return this.people.get(this.openId) ?? null;
  }

  /** Add a person, or learn the name of one. */
  meet(waId, name = null) {
    const known = this.people.get(waId);
    if (known) {
      if (name) known.name = name;
      return known;
    }
    const person = { waId, name: name ?? waId, entries: new Map(), reactions: new Map(), unread: 0, typing: null };
    this.people.set(waId, person);
    this.tell("people");
    return person;
  }

  /** Take the simulator's record of a conversation as the truth, keeping what arrived while it was on its way. */
  async load(person, fetchLines) {
    person.late = [];
    const lines = await fetchLines(person.waId);
    const late = person.late;
    person.late = null;
    person.entries.clear();
    person.reactions.clear();
    for (const line of [...lines, ...late]) this.#put(person, readEntry(line));
    this.tell("loaded", { person });
    this.tell("people");
  }

  /** A message or a new status of one, from either side. */
  record(line) {
    const person = this.meet(line.contact);
    person.late?.push(line);
    const entry = readEntry(line);
    const fresh = !person.entries.has(entry.wamid);
    this.#put(person, entry);
    if (!entry.mine && fresh) this.#arrived(person, entry);
    if (entry.reaction) this.tell("reaction", { person, wamid: entry.reaction.message_id });
    else this.tell("entry", { person, entry, fresh });
    this.tell("people");
  }

  #put(person, entry) {
    person.entries.set(entry.wamid, entry);
    if (!entry.reaction) return;
    const both = person.reactions.get(entry.reaction.message_id) ?? {};
    both[entry.mine ? "mine" : "theirs"] = entry.reaction.emoji || null;
    person.reactions.set(entry.reaction.message_id, both);
  }

  #arrived(person, entry) {
    this.#stopTyping(person);
    const seen = person.waId === this.openId && this.isWatched();
    if (!seen && !entry.reaction) person.unread += 1;
  }

  startTyping(waId) {
    const person = this.meet(waId);
    clearTimeout(person.typing);
    person.typing = setTimeout(() => this.#stopTyping(person), TYPING_MS);
    this.tell("typing", { person });
    this.tell("people");
  }

  #stopTyping(person) {
    clearTimeout(person.typing);
    person.typing = null;
    this.tell("typing", { person });
  }

  /** Everybody's record is gone (a reset of the simulator). */
  forget() {
    for (const person of this.people.values()) clearTimeout(person.typing);
    this.people.clear();
    this.tell("people");
    this.tell("loaded", { person: null });
  }

  show(waId) {
    this.openId = waId;
    this.seen();
    if (this.open) this.tell("loaded", { person: this.open });
  }

  /** The reader may be looking at the open conversation now. */
  seen() {
    if (this.open && this.isWatched()) this.open.unread = 0;
    this.tell("people");
  }

  /** People with the latest conversation first; those who never wrote keep their order below. */
  listed() {
    return [...this.people.values()].sort((a, b) => (lastEntry(b)?.at ?? 0) - (lastEntry(a)?.at ?? 0));
  }

  tell(what, detail = {}) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

/** The last message of a person's conversation, reactions aside; null when there is none. */
export function lastEntry(person) {
  return [...person.entries.values()].findLast((entry) => !entry.reaction) ?? null;
}

export const conversations = new Conversations();
