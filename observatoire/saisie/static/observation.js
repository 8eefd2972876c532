// One observation: which item of the grid, how strong, how many, what kind of place, where.
import { app } from "./app.js";
import { cellMap } from "./cells.js";
import { choices } from "./controls.js";
import { freshSeen, keepDraft } from "./draft.js";
import { button, el, heading } from "./elements.js";
import { go } from "./router.js";
import { intensityWords, itemOf, placeWordsOf, qpvOf, sizeWords } from "./said.js";
import { isOffered, rulesOf } from "./sites.js";
import { allowsWords, findings, maySpeak, textField } from "./text.js";
import { limits, words } from "./words.js";

const INTENSITIES = ["1", "2", "3"];
const SIZES = ["", "1-4", "5-9", "10+"];
const PLACES = ["", "rue", "hall", "place", "parc", "commerce", "transport", "equipement", "autre"];

export function observationView() {
  if (!isOffered(app.draft.qpv)) {
    queueMicrotask(() => go(""));
    return el("div", { class: "sheet" });
  }
  app.draft.current ??= freshSeen();
  return itemOf(app.draft.current.item, app.draft.qpv) ? detailForm() : itemList();
}

async function set(values) {
  Object.assign(app.draft.current, values);
  await keepDraft();
}

async function setAndShow(values) {
  await set(values);
  go("observation", { again: true });
}

function itemList() {
  const known = rulesOf(app.draft.qpv).items;
  const themes = [...new Set(known.map((one) => one.theme))];
  const sections = themes.map((theme) => {
    const items = known.filter((one) => one.theme === theme);
    return el("section", { class: "theme" }, el("h2", {}, theme), el("ul", {}, items.map(itemRow)));
  });
  return el(
    "div",
    { class: "sheet" },
    heading(words("seen.which")),
    sections,
    el("div", { class: "thumb" }, button(words("seen.back"), leave, { class: "plain" })),
  );
}

function itemRow(item) {
  const positive = item.direction < 0 ? el("em", {}, words("seen.positive")) : null;
  const definition = item.definition ? el("small", {}, item.definition) : null;
  const choose = () => setAndShow({ item: item.code });
  return el(
    "li",
    {},
    el("button", { type: "button", onclick: choose }, el("b", {}, item.label, positive), definition),
  );
}

function detailForm() {
  const { current } = app.draft;
  const qpv = qpvOf(app.draft.qpv);
  const intensity = choices({
    name: "intensity",
    legend: words("seen.intensity"),
    layout: "three",
    options: INTENSITIES.map((code) => [code, [code, intensityWords(code)]]),
    value: String(current.intensity),
    change: (code) => set({ intensity: Number(code) }),
  });
  if (!maySpeak()) current.words = "";
  const text = allowsWords()
    ? textField({
        value: current.words,
        change: (said, clean) => set({ words: said, clean: clean ? said : current.clean }),
      })
    : null;
  const map = rulesOf(app.draft.qpv).precision !== "qpv" && qpv.cells.length > 0;
  const fields = { intensity, text };
  return el(
    "form",
    { class: "sheet", novalidate: true, onsubmit: (event) => event.preventDefault() },
    chosenItem(current),
    intensity,
    choices({
      name: "size",
      legend: words("seen.size"),
      layout: "four",
      options: SIZES.map((code) => [code, sizeWords(code)]),
      value: current.size_band,
      change: (code) => set({ size_band: code }),
    }),
    choices({
      name: "place",
      legend: words("seen.place"),
      layout: "three",
      options: PLACES.map((code) => [code, placeWordsOf(code)]),
      value: current.place,
      change: (code) => set({ place: code }),
    }),
    map ? cellMap({ qpv, value: current.cell, change: (cell) => set({ cell }) }) : null,
    text,
    button(words("seen.leave"), leave, { class: "plain leave" }),
    el("div", { class: "thumb" }, actions(fields)),
  );
}

function chosenItem(current) {
  return el(
    "div",
    { class: "chosen" },
    heading(itemOf(current.item, app.draft.qpv).label),
    button(words("seen.change"), () => setAndShow({ item: "" }), { class: "plain" }),
  );
}

function actions(fields) {
  const editing = app.draft.current.rank !== undefined;
  const room = app.draft.seen.length + 1 < limits.seen;
  const another = button(words("seen.another"), () => add(fields, true), { class: "plain" });
  return [
    editing || !room ? null : another,
    button(words("seen.add"), () => add(fields, false), { class: "primary" }),
  ];
}

async function leave() {
  app.draft.current = null;
  await keepDraft();
  go("");
}

async function add(fields, another) {
  const { current } = app.draft;
  if (!current.intensity) {
    fields.intensity.refuse(words("seen.intensity_missing"));
    return;
  }
  if (findings(current.words).length > 0) {
    fields.text.refuse?.();
    return;
  }
  const { rank, clean, ...seen } = current;
  if (rank === undefined) app.draft.seen.push(seen);
  else app.draft.seen[rank] = seen;
  app.draft.current = another ? freshSeen() : null;
  await keepDraft();
  if (another) go("observation", { again: true });
  else go("");
}
