// The outing being written: kept on this phone at each step, so that nothing typed is lost.
import { app, isOurs, owner } from "./app.js";
import { guessSlot, today } from "./days.js";
import * as phone from "./phone.js";
import { whereWords } from "./said.js";
import { isOffered, offered } from "./sites.js";

export function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function freshDraft() {
  const codes = offered().flatMap((site) => site.qpv.map((one) => one.code));
  const usual = codes.length === 1 ? codes[0] : app.last.qpv;
  return {
    id: randomId(),
    owner: owner(),
    day: today(app.frame),
    slot: guessSlot(),
    qpv: codes.includes(usual) ? usual : "",
    duration_min: app.last.duration_min ?? null,
    workers: app.last.workers ?? null,
    seen: [],
    corrects: "",
    current: null, // the observation being written
    reopened: false, // it was kept before
    chosen: false, // the day and the moment are no longer guesses
  };
}

// An outing opened again: one that was refused keeps its identifier, since it was never stored;
// one that was sent, or may have been, is replaced by another.
export function draftOf(outing, { same }) {
  return {
    ...freshDraft(),
    ...outing,
    qpv: isOffered(outing.qpv) ? outing.qpv : "",
    id: same ? outing.id : randomId(),
    corrects: same ? outing.corrects : outing.id,
    seen: outing.seen.map((one) => ({ ...one, id: same ? one.id : randomId() })),
    reopened: true,
    chosen: true,
  };
}

export function freshSeen() {
  return { id: randomId(), item: "", intensity: 0, size_band: "", place: "", cell: "", words: "" };
}

// A page left open overnight must not write yesterday: guesses are made again.
export function guessAgain() {
  if (!app.draft || isWorthKeeping(app.draft)) return false;
  const { day, slot } = app.draft;
  Object.assign(app.draft, { day: today(app.frame), slot: guessSlot() });
  return app.draft.day !== day || app.draft.slot !== slot;
}

export function outingOf(draft, nothing) {
  const { id, day, slot, qpv, duration_min, workers, seen, corrects } = draft;
  const plain = { id, day, slot, qpv, duration_min, workers, corrects };
  return { ...plain, nothing_to_report: nothing, seen: nothing ? [] : seen };
}

export function isWorthKeeping(draft) {
  return draft.chosen || draft.seen.length > 0 || Boolean(draft.current?.item);
}

// Words are left out until they are screened: what may name somebody is not written down.
export async function keepDraft() {
  const { draft } = app;
  const current = draft.current && { ...draft.current, words: draft.current.clean ?? "" };
  await phone.setKept("draft", isWorthKeeping(draft) ? { ...draft, current } : null);
}

export async function restoreDraft() {
  const found = await phone.getKept("draft");
  const own = found !== null && isOurs(found.owner);
  app.draft = own ? found : freshDraft();
  app.resumed = own ? found.id : "";
}

// The outing enters the queue; true once the phone's disk has it.
export async function keepOuting(nothing) {
  const { draft } = app;
  const { qpv, duration_min, workers } = draft;
  const last = { qpv, duration_min, workers };
  // The name of its place stays with it, should the account lose its site.
  const where = whereWords(qpv);
  const record = { id: draft.id, owner: draft.owner, where, tried: false, aside: null };
  const outing = outingOf(draft, nothing);
  await phone.enqueue({ ...record, outing }, { frame: app.frame, last });
  app.last = last;
  app.note = { id: draft.id, state: "kept" };
  app.draft = freshDraft();
}
