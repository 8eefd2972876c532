// « Mes sorties »: what waits on this phone, what the team sent, to correct or to withdraw.
import { app, changed, mine, others, readQueue } from "./app.js";
import { call } from "./calls.js";
import { draftOf, isWorthKeeping, keepDraft } from "./draft.js";
import { ask, button, el, heading, tell } from "./elements.js";
import { leavingButton } from "./leaving.js";
import * as phone from "./phone.js";
import { go, here } from "./router.js";
import { effortWords, seenLine, whenWords, whereWords } from "./said.js";
import { mayEnter } from "./sites.js";
import { count, placeWords, words } from "./words.js";

let outings = null; // of the team, or why they are not known: "unknown", "ended"

export function ownView() {
  const view = el("div", { class: "sheet own" }, heading(words("own.heading"), { quiet: true }));
  const onPhone = el("section", {});
  const sent = el("section", {});
  view.append(onPhone, sent, leavingButton());
  view.fill = () => {
    onPhone.replaceChildren(el("h2", {}, words("own.phone")), ...phonePart());
    sent.replaceChildren(el("h2", {}, words("own.sent")), ...sentPart());
  };
  view.fill();
  readRecent();
  return view;
}

export function refreshOwn() {
  if (here() === "sorties") document.querySelector(".own")?.fill();
}

export async function readRecent() {
  const { status, values } = await call("/saisie/recentes.json");
  if (status === 200 && values?.outings) ({ outings } = values);
  else outings = status === 401 ? "ended" : "unknown";
  refreshOwn();
}

function phonePart() {
  const rows = mine().map((record) => card(record.outing, record));
  const foreign = others().length;
  return [
    rows.length > 0 ? el("ul", {}, rows) : el("p", { class: "quiet" }, words("own.phone_none")),
    foreign > 0 ? el("p", { class: "note" }, count("own.others", foreign)) : "",
  ];
}

function sentPart() {
  if (outings === null) return [el("p", { class: "quiet" }, words("page.loading"))];
  if (typeof outings === "string") return [el("p", { class: "quiet" }, words(`own.sent_${outings}`))];
  const replaced = new Set(outings.map((one) => one.corrects).filter(Boolean));
  const rows = outings
    .filter((one) => !replaced.has(one.id))
    .sort((one, other) => (one.day < other.day ? 1 : -1))
    .map((one) => card(one, null));
  return [rows.length > 0 ? el("ul", {}, rows) : el("p", { class: "quiet" }, words("own.sent_none"))];
}

function card(outing, record) {
  const tags = [];
  if (record) tags.push(words(record.aside ? "own.aside" : "own.waiting"));
  if (outing.withdrawn) tags.push(words("own.withdrawn"));
  if (outing.corrects) tags.push(words("own.correction"));
  const seen = outing.nothing_to_report
    ? [el("li", {}, words("outing.nothing"))]
    : outing.seen.map((one) => el("li", {}, seenLine(one, outing.qpv)));
  return el(
    "li",
    { class: `card${outing.withdrawn ? " withdrawn" : ""}`, "data-outing": outing.id },
    el("h3", {}, whereWords(outing.qpv, record?.where)),
    el("p", {}, whenWords(outing), tags.map((tag) => el("em", {}, tag))),
    el("p", { class: "quiet" }, effortWords(outing)),
    el("ul", { class: "seen" }, seen),
    record?.aside ? reason(record.aside) : null,
    outing.withdrawn ? null : el("div", { class: "actions" }, actions(outing, record)),
  );
}

function reason({ error, faults, elsewhere }) {
  const lines = faults.map((fault) => {
    const [place, ...rest] = fault.split(/\s:\s/);
    return el("li", {}, rest.length ? `${placeWords(place)}\u00a0: ${rest.join(" : ")}` : fault);
  });
  const back = elsewhere ? el("p", { class: "quiet" }, words("own.elsewhere")) : null;
  return el("div", { class: "error" }, el("p", {}, error), el("ul", {}, lines), back);
}

function actions(outing, record) {
  const correct = button(words("own.correct"), () => correctOuting(outing, record));
  const drop = () => dropOuting(outing);
  const off = () => withdrawOuting(outing);
  if (!record) return [mayEnter() ? correct : null, button(words("own.withdraw"), off)];
  const droppable = record.aside || !record.tried;
  return [mayEnter() ? correct : null, droppable ? button(words("own.discard"), drop) : null];
}

async function correctOuting(outing, record) {
  if (isWorthKeeping(app.draft)) {
    const left = { title: words("own.replace_title"), note: words("own.replace_note") };
    if (!(await sure(left, words("own.replace")))) return;
  }
  const { withdrawn, ...plain } = outing;
  app.draft = draftOf(plain, { same: Boolean(record?.aside) });
  await keepDraft();
  go("");
}

async function dropOuting(outing) {
  const left = { title: words("own.discard_title"), note: words("own.discard_note") };
  if (await sure(left, words("own.discard"))) await phone.discard(outing.id);
  if (app.note?.id === outing.id) app.note = null;
  await readQueue();
}

async function withdrawOuting(outing) {
  const left = { title: words("own.withdraw_title"), note: words("own.withdraw_note") };
  if (!(await sure(left, words("own.withdraw")))) return;
  const { status, values } = await call(`/saisie/sorties/${outing.id}/retrait`, {});
  if (status === 401) app.session = "ended";
  if (status !== 200) await tell(values?.error ?? words("own.withdraw_failed"));
  changed();
  await readRecent();
}

async function sure({ title, note }, label) {
  const chosen = await ask({
    title,
    body: [el("p", {}, note)],
    actions: [
      { label: words("own.cancel"), value: "" },
      { label, value: "yes", kind: "primary" },
    ],
  });
  return chosen === "yes";
}
