// What the page knows now, and who wants to hear that it changed.
import * as phone from "./phone.js";

export const app = {
  frame: null, // what the server offers, or what was kept of it
  last: {}, // QPV, duration and workers of the last outing
  draft: null, // the outing being written
  queue: [], // what is not sent yet, every team's
  session: "unknown", // "open", "ended"
  asked: false, // the server was asked at least once
  times: 0, // how often a team was forgotten: an answer asked for before is dropped
  resumed: "", // id of the outing found again when the page opened
  leaving: false, // signed out here, not yet on the server
  note: null, // what is said of the outing just kept: { id, state }
};

const listeners = [];

export function onChange(listener) {
  listeners.push(listener);
}

export function changed() {
  for (const listener of listeners) listener();
}

// Whose entries these are: an entry never leaves in another team's name. What was kept before named
// a site too (`loire/…`): the team alone tells, whichever of its sites an entry is of.
export const owner = (frame = app.frame) => (frame ? `/${frame.team}` : "");
export const teamOf = (kept) => kept.slice(kept.indexOf("/") + 1);
export const isOurs = (kept) => app.frame !== null && teamOf(kept) === app.frame.team;

export const mine = () => app.queue.filter((record) => isOurs(record.owner));
export const others = () => app.queue.filter((record) => !isOurs(record.owner));
export const waiting = () => mine().filter((record) => !record.aside);
export const aside = () => mine().filter((record) => record.aside);

export async function readQueue() {
  app.queue = await phone.queued();
  changed();
}
