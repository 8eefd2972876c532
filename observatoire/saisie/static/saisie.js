// The page starts here: what this phone holds first, so that it opens without network; then the
// server's frame, and whatever waits is sent.
import { app, isOurs, onChange, readQueue } from "./app.js";
import { guessAgain, restoreDraft } from "./draft.js";
import { button, el, heading } from "./elements.js";
import { finishLeaving } from "./leaving.js";
import { observationView } from "./observation.js";
import { outingView } from "./outing.js";
import { ownView, refreshOwn } from "./own.js";
import * as phone from "./phone.js";
import { define, here, show, startRouter } from "./router.js";
import { startSending, wake } from "./sending.js";
import { upgraded } from "./sites.js";
import { showState, signInLink } from "./state.js";
import { loadScreening } from "./text.js";
import { count, words } from "./words.js";

let drawn = ""; // what the page was drawn for

start().catch((error) => {
  const text = words(error instanceof DOMException ? "page.no_storage" : "page.no_frame");
  document.getElementById("view").replaceChildren(el("p", { class: "note wrong" }, text));
  throw error;
});

async function start() {
  const kept = await phone.getKept("frame");
  app.leaving = (await phone.getKept("leaving")) === true;
  if (kept) Object.assign(app, { frame: upgraded(kept.frame), last: kept.last });
  define("", () => (app.frame ? outingView() : outsideView()));
  define("observation", () => (app.frame ? observationView() : outsideView()));
  define("sorties", () => (app.frame ? ownView() : outsideView()));
  onChange(showState);
  onChange(refreshOwn);
  onChange(() => follow());
  if (app.frame) await entered();
  await readQueue();
  startRouter();
  await finishLeaving();
  window.addEventListener("online", finishLeaving);
  document.addEventListener("visibilitychange", lookedAt);
  keepFiles();
  await startSending();
}

// Where a browser has no service worker, the page needs the network to open; nothing else changes.
function keepFiles() {
  const asked = { scope: "/saisie" };
  navigator.serviceWorker?.register("/saisie/fichiers/worker.js", asked).catch(() => null);
}

async function entered() {
  await loadScreening();
  await restoreDraft();
}

// Draws the page anew when whoever enters, or what may be entered, is no longer the same.
async function follow() {
  const key = JSON.stringify(app.frame ?? [app.session, app.leaving, app.asked]);
  if (key === drawn) return;
  drawn = key;
  if (app.frame && !(app.draft && isOurs(app.draft.owner))) await entered();
  if (here() !== "observation" || !app.draft?.current?.item) show({ quiet: true });
}

function lookedAt() {
  if (!document.hidden && app.frame && guessAgain() && here() === "") show({ quiet: true });
}

// Nobody is known here: to sign in, or to find some network.
function outsideView() {
  const left = app.queue.length;
  const ended = app.session === "ended";
  const waits = left > 0 ? [el("p", { class: "note" }, count("leaving.left_here", left))] : [];
  const sheet = el("div", { class: "sheet outside" });
  if (app.leaving) {
    sheet.append(heading(words("leaving.gone")), el("p", { class: "note" }, words("leaving.pending")));
    sheet.append(button(words("page.retry"), finishLeaving, { class: "primary" }));
  } else if (ended) {
    sheet.append(heading(words("page.title")), el("p", { class: "lead" }, words("page.signed_out")));
    sheet.append(signInLink());
  } else if (app.asked) {
    sheet.append(heading(words("page.title")), el("p", { class: "lead" }, words("page.no_frame")));
    sheet.append(button(words("page.retry"), wake, { class: "primary" }));
  } else sheet.append(el("p", { class: "quiet" }, words("page.loading")));
  sheet.append(...waits);
  return sheet;
}
