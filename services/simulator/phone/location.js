/** The sheet that sends a location: known places fill in the form, every field can be changed. */

import { el } from "./element.js";
import { t } from "./language.js";
import { sendFromOpen } from "./sending.js";
import { field, form, openSheet } from "./sheet.js";

/** Public landmarks; coordinates in degrees, as OpenStreetMap has them to four places. */
const PLACES = [
  { name: "Obelisco", address: "Av. 9 de Julio s/n, Buenos Aires", latitude: -34.6037, longitude: -58.3816 },
  { name: "Plaza Independencia", address: "Mendoza, Argentina", latitude: -32.8895, longitude: -68.8446 },
  { name: "Monumento a la Bandera", address: "Santa Fe 581, Rosario", latitude: -32.9477, longitude: -60.6304 },
  { name: "Cerro Catedral", address: "San Carlos de Bariloche", latitude: -41.1683, longitude: -71.4389 },
];

export function openLocationSheet() {
  openSheet(t("location_title"), (close) => {
    const sheet = form(t("send"), fields(), (values) => {
      close();
      sendFromOpen(message(values));
    });
    fillIn(sheet, PLACES[0]);
    return [places((place) => fillIn(sheet, place)), sheet];
  });
}

function places(choose) {
  const chips = PLACES.map((place) =>
    el("button", { type: "button", class: "chip", onclick: () => choose(place) }, place.name));
  return el("div", { class: "chips", role: "group", "aria-label": t("location_preset") }, ...chips);
}

const degrees = (limit) => ({ type: "number", step: "any", min: -limit, max: limit });

const fields = () => [
  field(t("location_name"), "name", { required: false, maxlength: 200 }),
  field(t("location_address"), "address", { required: false, maxlength: 300 }),
  el("div", { class: "pair" }, field(t("latitude"), "latitude", degrees(90)), field(t("longitude"), "longitude", degrees(180))),
];

function fillIn(sheet, place) {
  for (const [name, value] of Object.entries(place)) sheet.elements[name].value = value;
}

function message({ name, address, latitude, longitude }) {
  const place = { type: "location", latitude: Number(latitude), longitude: Number(longitude) };
  if (name) place.name = name;
  if (address) place.address = address;
  return place;
}
