// What is said above the page: what is sent or waiting, and what became of the last outing.
import { app, aside, owner, waiting } from "./app.js";
import { el } from "./elements.js";
import { mayEnter } from "./sites.js";
import { count, words } from "./words.js";

const ICONS = { kept: "✓", sent: "✓", aside: "!" };
let shown = "";

export function showState() {
  document.getElementById("team").textContent = app.frame
    ? `${app.frame.team} · ${app.frame.sites.map((site) => site.name).join(", ")}`
    : words("page.app");
  const [kind, text] = stateWords();
  const state = document.getElementById("state");
  if (state.textContent !== text) state.textContent = text;
  state.dataset.kind = kind;
  document.getElementById("nav").hidden = app.frame === null;
  showNotes();
}

function stateWords() {
  if (app.frame === null) return ["none", ""];
  if (aside().length > 0) return ["wrong", count("state.aside", aside().length)];
  if (waiting().length > 0) return ["waiting", count("state.waiting", waiting().length)];
  if (app.session === "ended") return ["wrong", words("state.ended")];
  return ["sent", words("state.sent")];
}

function showNotes() {
  const key = JSON.stringify([app.note, app.session, app.frame === null, owner(), mayEnter()]);
  if (key === shown) return;
  shown = key;
  const notes = document.getElementById("notes");
  const session = app.frame !== null && app.session === "ended" ? [endedNote()] : [];
  notes.replaceChildren(...session, ...(app.note ? [keptNote(app.note.state)] : []));
}

function endedNote() {
  const link = signInLink();
  return el("div", { class: "note wrong" }, el("p", {}, words("page.ended")), link);
}

export function signInLink() {
  const values = { class: "primary", href: "/connexion?suite=/saisie" };
  return el("a", values, words("page.sign_in"));
}

function keptNote(state) {
  const [title, more] = {
    kept: ["state.kept", "state.kept_soon"],
    sent: ["state.done", "state.done_note"],
    aside: ["state.kept", "state.refused_note"],
  }[state];
  return el(
    "div",
    { class: `note ${state}`, role: "status" },
    el("span", { class: "mark", "aria-hidden": "true" }, ICONS[state]),
    el("p", {}, el("b", {}, words(title)), " ", words(more)),
  );
}
