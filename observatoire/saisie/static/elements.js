// Elements of the page. Whatever is shown goes in as text, never as markup.
import { words } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

export function el(name, values = {}, ...children) {
  return filled(document.createElement(name), values, children);
}

export function svg(name, values = {}, ...children) {
  return filled(document.createElementNS(SVG, name), values, children);
}

function filled(made, values, children) {
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export function button(label, onclick, values = {}) {
  return el("button", { type: "button", onclick, ...values }, label);
}

export const tell = (sentence) =>
  ask({ title: sentence, actions: [{ label: words("page.understood"), value: "", kind: "primary" }] });

let last = 0;
export function freshId() {
  last += 1;
  return `e${last}`;
}

// The title of a part: it takes the focus when the part is shown, to be read aloud. `quiet`: the
// tab above already shows it.
export function heading(text, { quiet = false } = {}) {
  return el("h1", { tabindex: "-1", class: quiet ? "aloud" : null }, text);
}

// A question over the page; gives the value of the action chosen, null when it was left.
export function ask({ title, body = [], actions }) {
  const titled = freshId();
  const dialog = el("dialog", { "aria-labelledby": titled });
  const row = actions.map(({ label, value, kind }) =>
    button(label, () => dialog.close(value), { class: kind ?? "plain" }),
  );
  dialog.append(el("h2", { id: titled }, title), ...body, el("div", { class: "actions" }, row));
  document.body.append(dialog);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || null);
    });
  });
}
