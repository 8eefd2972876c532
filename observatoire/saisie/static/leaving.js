// Signing out: the phone forgets the team; what is not sent stays, unless one is sure.
import { app, changed } from "./app.js";
import { isWorthKeeping } from "./draft.js";
import { ask, button, el } from "./elements.js";
import * as phone from "./phone.js";
import { count, words } from "./words.js";

export function leavingButton() {
  return button(words("leaving.button"), leave, { class: "plain leave" });
}

async function leave() {
  const known = app.queue.some((record) => record.id === app.draft.id);
  const left = app.queue.length + (isWorthKeeping(app.draft) && !known ? 1 : 0);
  const chosen = await ask({
    title: words("leaving.title"),
    body: [el("p", {}, left ? count("leaving.left", left) : words("leaving.nothing_left"))],
    actions: [
      { label: words("leaving.stay"), value: "" },
      ...(left ? [{ label: words("leaving.erase"), value: "erase", kind: "danger" }] : []),
      { label: words(left ? "leaving.keep" : "leaving.button"), value: "keep", kind: "primary" },
    ],
  });
  if (chosen === null) return;
  if (chosen === "erase" && !(await sure(left))) return;
  app.times += 1;
  await phone.forgetTeam(chosen === "erase");
  Object.assign(app, { frame: null, last: {}, draft: null, note: null, leaving: true });
  app.queue = await phone.queued();
  changed();
  await finishLeaving();
}

async function sure(left) {
  const chosen = await ask({
    title: words("leaving.erase_title"),
    body: [el("p", {}, count("leaving.erase_note", left))],
    actions: [
      { label: words("own.cancel"), value: "" },
      { label: words("leaving.erase_sure"), value: "yes", kind: "danger" },
    ],
  });
  return chosen === "yes";
}

// The session is closed on the server; without network, as soon as there is some.
export async function finishLeaving() {
  if (!app.leaving) return;
  try {
    const sent = { method: "POST", body: new URLSearchParams(), redirect: "manual" };
    const answer = await fetch("/deconnexion", { ...sent, credentials: "same-origin" });
    if (!answer.ok && answer.type !== "opaqueredirect") return;
  } catch {
    return;
  }
  await phone.setKept("leaving", null);
  app.leaving = false;
  app.session = "ended";
  changed();
}
