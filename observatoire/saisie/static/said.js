// An outing and its observations, in words.
import { app } from "./app.js";
import { cellName } from "./cells.js";
import { dayWords, durationWords } from "./days.js";
import { count, words } from "./words.js";

export const slotWords = (code) => words(`choice.slot.${code}`);
export const sizeWords = (code) => words(`choice.size.${code || "none"}`);
export const placeWordsOf = (code) => words(`choice.place.${code || "none"}`);
export const intensityWords = (n) => words(`choice.intensity.${n}`);

export const qpvOf = (code) => app.frame.qpv.find((one) => one.code === code);
export const itemOf = (code) => app.frame.items.find((one) => one.code === code);

// Two neighbourhoods of a site may have one name: their communes tell them apart.
export function qpvWords(one) {
  const same = app.frame.qpv.filter((other) => other.name === one.name).length > 1;
  return same && one.commune ? `${one.name} (${one.commune})` : one.name;
}

export function whereWords(code) {
  const found = qpvOf(code);
  return found ? qpvWords(found) : code;
}

export function whenWords(outing) {
  return `${dayWords(outing.day)}, ${slotWords(outing.slot).toLowerCase()}`;
}

export function effortWords({ duration_min, workers }) {
  const parts = [];
  if (duration_min) parts.push(durationWords(duration_min));
  if (workers) parts.push(count("outing.people", workers));
  return parts.join(", ");
}

export function summary(outing) {
  return [whereWords(outing.qpv), whenWords(outing), effortWords(outing)].filter(Boolean).join(" · ");
}

export function seenLine(one, qpv) {
  const parts = [itemOf(one.item)?.label ?? one.item, words("seen.level", { n: one.intensity })];
  if (one.size_band) parts.push(sizeWords(one.size_band));
  if (one.place) parts.push(placeWordsOf(one.place).toLowerCase());
  if (one.cell) parts.push(cellName(qpvOf(qpv), one.cell));
  if (one.words) parts.push(`«\u00a0${one.words}\u00a0»`);
  return parts.join(" · ");
}
