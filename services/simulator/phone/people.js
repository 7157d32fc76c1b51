/** People the reader adds to the simulator's own, and how names and numbers are shown. No number is anybody's. */

const KEY = "remanso.people";
const NAMES = [
  "Damián Sosa", "Elena Paz", "Facundo Vera", "Gimena Luna", "Hugo Roldán", "Inés Quiroga",
  "Joaquín Maidana", "Lucía Bravo", "Martín Ledesma", "Nadia Toledo", "Olga Peralta", "Pablo Ibarra",
];

/** People added on this browser, whom the simulator only hears of with their first message: `[{waId, name}]`. */
export function addedPeople() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return []; // no storage, or not ours: the simulator's people are enough
  }
}

export function remember(person) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...addedPeople(), person]));
  } catch {
    // storage forbidden: the person lasts as long as the page
  }
}

/** A name and a number nobody in `taken` (a Map or Set by wa_id) has. */
export function makeUpPerson(taken) {
  let waId;
  do waId = `549115555${1000 + Math.floor(Math.random() * 9000)}`;
  while (taken.has(waId));
  return { waId, name: NAMES[Math.floor(Math.random() * NAMES.length)] };
}

/** Country codes of one and two digits (ITU-T E.164); all others have three. */
const COUNTRY = /^(1|7|20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d+)$/;

/** A number the way people read it: `+54 9 11 5555-0111`; other countries' in groups of three. */
export function readableNumber(waId) {
  const argentine = /^549(\d{2})(\d{4})(\d{4})$/.exec(waId);
  if (argentine) return `+54 9 ${argentine[1]} ${argentine[2]}-${argentine[3]}`;
  const [, country, rest] = COUNTRY.exec(waId) ?? [null, "", waId];
  return `+${country} ${rest.replace(/(\d{3})(?=\d{3})/g, "$1 ")}`;
}

export const initials = (name) =>
  name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase() || "?";

/** A steady hue (degrees) for a person, from the number. */
export const hueOf = (waId) => [...waId].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 360, 7);
