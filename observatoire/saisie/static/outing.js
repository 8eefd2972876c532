// The outing: where, when, how long, how many; what was seen, or nothing to report.
import { app, changed, readQueue } from "./app.js";
import { choices, stepper } from "./controls.js";
import { dayBefore, dayWords, durationWords, peopleWords, today } from "./days.js";
import { freshDraft, freshSeen, keepDraft, keepOuting } from "./draft.js";
import { ask, button, el, heading, tell } from "./elements.js";
import { qpvField, whyClosed } from "./quarter.js";
import { go } from "./router.js";
import { send } from "./sending.js";
import * as phone from "./phone.js";
import { itemOf, seenLine, slotWords, summary } from "./said.js";
import { closed, firstDay, hasGrid, hasItems, isOffered, mayEnter } from "./sites.js";
import { findings } from "./text.js";
import { limits, words } from "./words.js";

const SLOTS = ["matin", "apm", "soir", "nuit", "we"];

export function outingView() {
  if (!mayEnter()) return el("div", { class: "sheet" }, heading(words("outing.heading")), whyClosed());
  const { draft } = app;
  const fields = { qpv: qpvField(), day: dayField() };
  const title = draft.reopened ? "outing.heading_correction" : "outing.heading";
  return el(
    "form",
    { class: "sheet", novalidate: true, onsubmit: (event) => event.preventDefault() },
    heading(words(title), { quiet: !draft.reopened }),
    draft.reopened || app.resumed === draft.id ? reopenedNote() : null,
    !hasGrid(draft.qpv) ? el("p", { class: "note" }, words("page.no_grid")) : null,
    draft.seen.length > 0 || draft.current?.item ? seenList() : null,
    fields.qpv,
    closed().length > 0 ? whyClosed({ quiet: true }) : null,
    fields.day,
    choices({
      name: "slot",
      legend: words("outing.slot"),
      layout: "three",
      options: SLOTS.map((code) => [code, slotWords(code)]),
      value: draft.slot,
      change: (slot) => set({ slot, chosen: true }),
    }),
    el("div", { class: "pair" }, steppers()),
    el("div", { class: "thumb" }, actions(fields)),
  );
}

async function set(values) {
  Object.assign(app.draft, values);
  await keepDraft();
}

function reopenedNote() {
  const said = app.draft.reopened ? "outing.reopened" : "outing.resumed";
  return el(
    "div",
    { class: "note row" },
    el("p", {}, words(said)),
    button(words("outing.abandon"), abandon, { class: "plain" }),
  );
}

async function abandon() {
  app.draft = freshDraft();
  await phone.setKept("draft", null);
  go("", { again: true });
}

function dayField() {
  const now = today(app.frame);
  const first = firstDay(app.draft.qpv);
  const yesterday = dayBefore(now);
  const known = [now, yesterday];
  const input = el("input", {
    type: "date",
    min: first,
    max: now,
    "aria-label": words("outing.day_field"),
    onchange: () => input.value && set({ day: input.value, chosen: true }),
  });
  input.value = app.draft.day;
  input.hidden = known.includes(app.draft.day);
  const made = choices({
    name: "day",
    legend: words("outing.day"),
    layout: "three",
    options: [
      [now, words("outing.today")],
      ...(yesterday >= first ? [[yesterday, words("outing.yesterday")]] : []),
      ["", words("outing.other_day")],
    ],
    value: input.hidden ? app.draft.day : "",
    change: (day) => {
      input.hidden = day !== "";
      if (day) {
        input.value = day;
        set({ day, chosen: true });
      } else input.focus();
    },
  });
  made.append(input);
  return made;
}

function steppers() {
  const { duration_min, workers } = app.draft;
  return [
    stepper({
      name: "duration",
      label: words("outing.duration"),
      value: duration_min,
      said: durationWords,
      step: 30,
      most: limits.minutes,
      less: words("outing.duration_less"),
      more: words("outing.duration_more"),
      change: (value) => set({ duration_min: value }),
    }),
    stepper({
      name: "workers",
      label: words("outing.workers"),
      value: workers,
      said: peopleWords,
      step: 1,
      most: limits.workers,
      less: words("outing.workers_less"),
      more: words("outing.workers_more"),
      change: (value) => set({ workers: value }),
    }),
  ];
}

function seenList() {
  const { draft } = app;
  const rows = draft.seen.map((one, rank) =>
    el(
      "li",
      {},
      el("p", {}, seenLine(one, draft.qpv)),
      isInGrid(one) ? null : el("p", { class: "error" }, words("outing.item_gone")),
      el(
        "div",
        { class: "actions" },
        button(words("outing.edit"), () => openSeen({ ...one, clean: one.words, rank })),
        button(words("outing.remove"), () => removeSeen(rank)),
      ),
    ),
  );
  const pending = draft.current?.item ? pendingRow() : null;
  return el("section", { id: "seen" }, el("h2", {}, words("outing.seen")), el("ul", {}, rows, pending));
}

const isInGrid = (one) => !isOffered(app.draft.qpv) || Boolean(itemOf(one.item, app.draft.qpv));

function pendingRow() {
  return el(
    "li",
    { class: "pending" },
    el("p", {}, el("b", {}, words("outing.pending"))),
    el(
      "div",
      { class: "actions" },
      button(words("outing.resume"), () => go("observation")),
      button(words("outing.leave"), () => set({ current: null }).then(() => go("", { again: true }))),
    ),
  );
}

async function openSeen(current) {
  await set({ current });
  go("observation");
}

async function removeSeen(rank) {
  await set({ seen: app.draft.seen.filter((_, other) => other !== rank) });
  go("", { again: true });
}

function actions(fields) {
  const { draft } = app;
  const some = draft.seen.length > 0 || draft.current?.item;
  const add = () => {
    if (!ready(fields)) return;
    if (draft.seen.length >= limits.seen) tell(words("outing.full", { n: limits.seen }));
    else if (draft.current) go("observation");
    else begin();
  };
  const label = words(some ? "outing.add_another" : "outing.add");
  const more = button(label, add, { class: some ? "plain" : "primary" });
  const nothing = button(words("outing.nothing"), () => confirmNothing(fields), { class: "plain" });
  const keep = button(words("outing.keep"), () => keepSeen(fields), { class: "primary" });
  if (some) return [more, keep];
  return hasItems(draft.qpv) ? [nothing, more] : [nothing];
}

// What was said of the last outing has been read.
async function begin() {
  if (app.note?.state !== "aside") app.note = null;
  await openSeen(freshSeen());
  changed();
}

function ready(fields) {
  if (!isOffered(app.draft.qpv)) {
    fields.qpv.refuse(words("outing.qpv_missing"));
    return false;
  }
  const last = today(app.frame);
  const first = firstDay(app.draft.qpv);
  if (app.draft.day >= first && app.draft.day <= last) return true;
  fields.day.refuse(words("outing.day_wrong", { first: dayWords(first), last: dayWords(last) }));
  return false;
}

async function confirmNothing(fields) {
  if (!ready(fields)) return;
  const chosen = await ask({
    title: words("outing.nothing"),
    body: [el("p", { class: "lead" }, summary(app.draft))],
    actions: [
      { label: words("outing.back"), value: "" },
      { label: words("outing.confirm"), value: "keep", kind: "primary" },
    ],
  });
  if (chosen === "keep") await keep(true);
}

async function keepSeen(fields) {
  if (!ready(fields)) return;
  if (app.draft.current?.item) {
    document.querySelector(".pending button").focus();
    document.querySelector(".pending p").textContent = words("outing.pending_first");
    return;
  }
  const { seen } = app.draft;
  const lost = seen.find((one) => !isInGrid(one));
  const named = seen.find((one) => findings(one.words).length > 0);
  if (lost) await openSeen({ ...lost, clean: lost.words, rank: seen.indexOf(lost) });
  else if (named) await openSeen({ ...named, clean: "", rank: seen.indexOf(named) });
  else await keep(false);
}

async function keep(nothing) {
  try {
    await keepOuting(nothing);
  } catch {
    await tell(words("state.unkept"));
    return;
  }
  navigator.storage?.persist?.();
  go("", { again: true });
  await readQueue();
  changed();
  send();
}

