/** Drawings that stand for pictures, sounds and places: the simulator has no real ones and fetches nothing. */

import { drawing, path } from "./element.js";

/** A steady number from a message's id, so that its drawing never changes. */
export function seedOf(wamid) {
  return [...String(wamid)].reduce((sum, character) => (sum * 33 + character.charCodeAt(0)) % 9973, 5);
}

/** Still water under hills. */
export function landscape(seed) {
  const svg = filling(240, 150);
  const rise = seed % 24;
  svg.append(
    path("M0 0h240v150H0z", { class: "sky" }),
    path(`M${60 + (seed % 120)} 30a13 13 0 1 1-.1 0z`, { class: "sun" }),
    path(`M0 92L52 ${40 + rise}l40 36 34-26 60 40 54-${30 - rise}v40H0z`, { class: "hills" }),
    path("M0 96h240v54H0z", { class: "water" }),
    path("M20 112h70M60 124h96M130 110h60M34 138h50M150 136h66", { class: "ripples" }),
  );
  return svg;
}

/** A street map with a pin in its middle. */
export function streetMap(seed) {
  const svg = filling(240, 110);
  const shift = seed % 40;
  svg.append(
    path("M0 0h240v110H0z", { class: "land" }),
    path(`M0 ${76 + shift / 4}c60-30 120 30 240-${10 + shift}v70H0z`, { class: "river" }),
    path(`M${20 + shift} 0v110M${88 + shift} 0l-12 110M${170 + shift / 2} 0l8 110`, { class: "streets" }),
    path(`M0 30l240-8M0 62l240 ${shift / 4}`, { class: "streets" }),
    path("M120 74c12-14 17-23 17-31a17 17 0 0 0-34 0c0 8 5 17 17 31z", { class: "pin" }),
    path("M120 50a7 7 0 1 1 .1 0z", { class: "pin-eye" }),
  );
  return svg;
}

/** The bars of a voice note. */
export function waveform(seed) {
  const svg = drawing(132, 28);
  for (let bar = 0; bar < 33; bar += 1) {
    const tall = 3 + Math.abs(Math.sin(bar * 0.9 + seed) + Math.sin(bar * 0.37)) * 10;
    svg.append(path(`M${bar * 4 + 2} ${(14 - tall / 2).toFixed(1)}v${tall.toFixed(1)}`));
  }
  return svg;
}

/** A sticker: a drop with a face. */
export function stickerFace(label) {
  const svg = drawing(112, 124, label);
  svg.append(
    path("M56 6c20 28 42 46 42 70a42 42 0 0 1-84 0c0-24 22-42 42-70z", { class: "sticker-drop" }),
    path("M30 76c0 15 10 25 20 28", { class: "sticker-shine" }),
    path("M42 66a4.5 5.5 0 1 1-.1 0zM70 66a4.5 5.5 0 1 1-.1 0z", { class: "sticker-eyes" }),
    path("M42 86c7 10 21 10 28 0", { class: "sticker-smile" }),
  );
  return svg;
}

function filling(width, height) {
  const svg = drawing(width, height);
  svg.setAttribute("preserveAspectRatio", "xMidYMid slice");
  return svg;
}
