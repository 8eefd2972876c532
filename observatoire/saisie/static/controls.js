// Controls made for a thumb: choices side by side (native radio buttons) and steppers.
import { button, el, freshId } from "./elements.js";

// `groups`, titles with their options, in the place of `options`: one choice among them all.
export function choices({ name, legend, options, groups, value, change, layout }) {
  const group = freshId();
  const error = el("p", { class: "error", id: `${group}-error`, role: "alert" });
  const parts = groups ?? [["", options]];
  const inputs = parts.flatMap(([, list]) => list).map(([code]) =>
    el("input", {
      type: "radio",
      name: `${name}-${group}`,
      value: code,
      checked: code === value,
      onchange: () => {
        say("");
        change(code);
      },
    }),
  );
  const labels = parts.flatMap(([, list]) => list).map(([, label], rank) =>
    el("label", { class: "chip" }, inputs[rank], el("span", {}, [label].flat().map((part) => el("i", {}, part)))),
  );
  const chips = (list) => el("div", { class: `chips ${layout}` }, labels.splice(0, list.length));
  const shown = parts.map(([title, list], rank) => {
    if (!title) return chips(list);
    const id = `${group}-${rank}`;
    return el("div", { role: "group", "aria-labelledby": id }, el("h2", { id }, title), chips(list));
  });
  const made = el(
    "fieldset",
    { class: "choices", "data-field": name },
    el("legend", {}, legend),
    shown,
    error,
  );
  function say(sentence) {
    error.textContent = sentence;
    made.classList.toggle("wrong", sentence !== "");
    for (const input of inputs) {
      if (sentence) input.setAttribute("aria-describedby", error.id);
      else input.removeAttribute("aria-describedby");
    }
  }
  // Says what is missing, and brings the thumb there.
  made.refuse = (sentence) => {
    say(sentence);
    (inputs.find((input) => input.checked) ?? inputs[0]).focus();
    made.scrollIntoView({ block: "center" });
  };
  return made;
}

export function stepper({ name, label, value, said, step, most, less, more, change }) {
  const titled = freshId();
  const shown = el("output", { "aria-labelledby": titled, "aria-live": "polite" }, said(value));
  const lower = button("−", () => move(-1), { "aria-label": less });
  const higher = button("+", () => move(1), { "aria-label": more });
  function move(way) {
    const from = value ?? 0;
    const next = way > 0 ? Math.floor(from / step + 1) * step : Math.ceil(from / step - 1) * step;
    value = next < step ? null : Math.min(next, most);
    shown.textContent = said(value);
    settle();
    change(value);
  }
  // Never `disabled`: the thumb that goes one tap too far must not lose the focus.
  function settle() {
    lower.setAttribute("aria-disabled", String(value === null));
    higher.setAttribute("aria-disabled", String(value !== null && value >= most));
  }
  settle();
  return el(
    "div",
    { class: "stepper", role: "group", "aria-labelledby": titled, "data-field": name },
    el("span", { class: "legend", id: titled }, label),
    el("div", { class: "steps" }, lower, shown, higher),
  );
}
