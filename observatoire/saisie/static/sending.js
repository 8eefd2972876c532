// Sends the queue. An entry leaves the phone only when the server says it holds that identifier;
// sent twice, it is the same entry.
import { app, aside, changed, owner, readQueue, teamOf, waiting } from "./app.js";
import { call } from "./calls.js";
import * as phone from "./phone.js";
import { isOffered, siteOf } from "./sites.js";

const SOONEST_MS = 5000;
const LATEST_MS = 300000;
const ASIDE = [400, 403, 404, 409, 413, 422];
let running = false;
let again = false;
let fresh = false; // the frame was asked for since this page was last looked at
let delay = SOONEST_MS;
let timer = 0;

export function startSending() {
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  document.addEventListener("visibilitychange", () => !document.hidden && wake());
  return wake();
}

// Somebody looks at the page or the network is back: ask who is signed in, then send at once.
export function wake() {
  fresh = false;
  delay = SOONEST_MS;
  return send();
}

export async function send() {
  again = true;
  if (running || app.leaving) return;
  running = true;
  try {
    while (again) {
      again = false;
      await alone(pass);
    }
  } finally {
    running = false;
  }
}

// One page at a time sends, whatever the number of them.
function alone(work) {
  return navigator.locks ? navigator.locks.request("saisie", work) : work();
}

async function pass() {
  clearTimeout(timer);
  let sound = fresh || (await refresh());
  if (sound) {
    await readQueue();
    if (fresh) await takeBack();
    for (const record of inOrder(waiting())) {
      const sent = await sendOne(record);
      if (sent === "failed" || sent === "stop") sound = false;
      if (sent === "stop") break;
    }
  }
  await readQueue();
  if (sound) delay = SOONEST_MS;
  else if (waiting().length > 0 || app.frame === null) later();
}

// What was set aside because the account could not write there: it can again.
async function takeBack() {
  const back = aside().filter(({ aside, outing }) => aside.elsewhere && isOffered(outing.qpv));
  for (const record of back) await phone.amend(record.id, { aside: null });
  if (back.length > 0) await readQueue();
}

function later() {
  timer = setTimeout(send, delay * (0.8 + 0.4 * Math.random()));
  delay = Math.min(delay * 2, LATEST_MS);
}

// What replaces an outing that is itself waiting leaves after it.
function inOrder(records) {
  const here = new Set(records.map((record) => record.id));
  const second = (record) => here.has(record.outing.corrects);
  return [...records.filter((one) => !second(one)), ...records.filter(second)];
}

async function refresh() {
  const { times } = app;
  const { status, values } = await call("/saisie/cadre.json");
  if (times !== app.times) return false;
  app.asked = true;
  if (status === 401 && values?.error) {
    app.session = "ended";
    changed();
    return false;
  }
  // Who may write nothing any more is told so of each entry, which is then set aside.
  if (status === 403 && values?.error) {
    changed();
    return app.frame !== null;
  }
  if (status !== 200 || !Array.isArray(values?.sites)) {
    changed();
    return false;
  }
  if (owner(values) !== owner()) app.last = {};
  app.session = "open";
  app.frame = values;
  fresh = true;
  await phone.setKept("frame", { frame: values, last: app.last });
  changed();
  return true;
}

async function sendOne(record) {
  await phone.amend(record.id, { tried: true });
  // Somebody else may have signed in since this page asked: the server compares.
  const named = { "saisie-equipe": encodeURIComponent(teamOf(record.owner)) };
  const { status, values } = await call("/saisie/sorties", record.outing, named);
  if ([200, 201].includes(status) && values?.id === record.id) {
    await phone.forget(record.id);
    note(record.id, "sent");
    await readQueue();
    return "sent";
  }
  if (status === 401 && values?.error) {
    app.session = "ended";
    fresh = false;
    return "stop";
  }
  if (ASIDE.includes(status) && values?.error) {
    const elsewhere = status === 403 || siteOf(record.outing.qpv) === null;
    const reason = { error: values.error, faults: values.faults ?? [], elsewhere };
    fresh = false; // what may be written is no longer what this page knows
    await phone.amend(record.id, { aside: reason });
    note(record.id, "aside");
    return "aside";
  }
  return status === 0 ? "stop" : "failed";
}

function note(id, state) {
  if (app.note?.id === id) app.note = { id, state };
}
