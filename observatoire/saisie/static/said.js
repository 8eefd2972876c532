// An outing and its observations, in words.
import { app } from "./app.js";
import { cellName } from "./cells.js";
import { dayWords, durationWords } from "./days.js";
import { rulesOf, siteOf } from "./sites.js";
import { count, words } from "./words.js";

export const slotWords = (code) => words(`choice.slot.${code}`);
export const sizeWords = (code) => words(`choice.size.${code || "none"}`);
export const placeWordsOf = (code) => words(`choice.place.${code || "none"}`);
export const intensityWords = (n) => words(`choice.intensity.${n}`);

export const qpvOf = (code) => siteOf(code)?.qpv.find((one) => one.code === code);
const named = (items, code) => items.find((one) => one.code === code);
// An item of the grid that rules a neighbourhood: another site's means something else, or nothing.
export const itemOf = (code, qpv) => named((rulesOf(qpv) ?? siteOf(qpv))?.items ?? [], code);

function itemWords(code, qpv) {
  const known = itemOf(code, qpv) ?? named(app.frame.sites.flatMap((site) => site.items), code);
  return known?.label ?? code;
}

// Two neighbourhoods may have one name: their communes tell them apart.
export function qpvWords(one) {
  const all = app.frame.sites.flatMap((site) => site.qpv);
  const same = all.filter((other) => other.name === one.name).length > 1;
  return same && one.commune ? `${one.name} (${one.commune})` : one.name;
}

export function whereWords(code, before = code) {
  const found = qpvOf(code);
  if (!found) return before;
  return app.frame.sites.length > 1 ? `${qpvWords(found)}, ${siteOf(code).name}` : qpvWords(found);
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
  const parts = [itemWords(one.item, qpv), words("seen.level", { n: one.intensity })];
  if (one.size_band) parts.push(sizeWords(one.size_band));
  if (one.place) parts.push(placeWordsOf(one.place).toLowerCase());
  if (one.cell) parts.push(cellName(qpvOf(qpv), one.cell));
  if (one.words) parts.push(`«\u00a0${one.words}\u00a0»`);
  return parts.join(" · ");
}
