// The few words an agreement may allow: counted and screened while they are typed.
import { app } from "./app.js";
import { el, freshId } from "./elements.js";
import { rulesOf } from "./sites.js";
import { hasScreening, limits, words } from "./words.js";

let find = null;

// Without its screening, no text is taken.
export async function loadScreening() {
  if (find || !hasScreening || !app.frame?.sites.some((site) => site.text)) return;
  find = await import("./screening.js").then((module) => module.find, () => null);
}

export const allowsWords = () => rulesOf(app.draft.qpv)?.text === true;
export const maySpeak = () => find !== null && allowsWords() && Boolean(app.frame.screening);

// What a text holds that may point at somebody; none for no text.
export function findings(text) {
  if (text.trim() === "") return [];
  return maySpeak() ? find(text, app.frame.screening) : [{ advice: words("seen.text_unchecked") }];
}

// Control characters have no place in a sentence, and databases refuse some.
export const tidy = (text) => text.replace(/[\p{Cc}\p{Cs} ]+/gu, " ").trim();

export function textField({ value, change }) {
  const id = freshId();
  if (!maySpeak()) return el("p", { class: "quiet" }, words("seen.text_unchecked"));
  const counter = el("span", { id: `${id}-count`, class: "quiet" });
  const found = el("div", { class: "error", role: "alert", id: `${id}-found` });
  const area = el("textarea", {
    id,
    rows: 3,
    maxlength: limits.text,
    "aria-describedby": `${id}-note ${id}-count ${id}-found`,
    oninput: () => settle(true),
  });
  area.value = value;
  function settle(typed) {
    const list = findings(area.value);
    counter.textContent = words("seen.text_count", { n: area.value.length, most: limits.text });
    const said = [...new Set(list.map((one) => one.advice))];
    const lines = said.map((one) => el("li", {}, one));
    if (found.dataset.said !== said.join("\n")) {
      found.dataset.said = said.join("\n");
      found.replaceChildren(...(said.length ? [words("seen.text_found"), el("ul", {}, lines)] : []));
    }
    area.setAttribute("aria-invalid", String(list.length > 0));
    if (typed) change(tidy(area.value), list.length === 0);
  }
  settle(false);
  const made = el(
    "div",
    { class: "choices", "data-field": "words" },
    el("label", { class: "legend", for: id }, words("seen.text")),
    el("p", { class: "quiet", id: `${id}-note` }, words("seen.text_note")),
    area,
    counter,
    found,
  );
  made.refuse = () => area.focus();
  return made;
}
