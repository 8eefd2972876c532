// Which part of the page is shown: the outing, one observation, the team's outings. The address
// holds it (`#observation`), so that the phone's own « back » goes from one to the other.
const views = new Map();
let shown = null;

export const here = () => location.hash.slice(1);

export function define(name, make) {
  views.set(name, make);
}

// Goes to a part; `again` makes it anew when it is already shown.
export function go(name, { again = false } = {}) {
  if (here() === name) {
    if (again) show();
  } else if (name === "" && shown?.opened) history.back();
  else location.hash = name;
}

export function startRouter() {
  window.addEventListener("hashchange", () => show());
  show({ quiet: true, first: true });
}

// Shows what the address says; its title takes the focus, to be read aloud.
export function show({ quiet = false, first = false } = {}) {
  const name = views.has(here()) ? here() : "";
  const opened = !first && name !== "" && (shown?.name === "" || shown?.opened);
  shown = { name, opened };
  document.body.dataset.view = name;
  const view = document.getElementById("view");
  view.replaceChildren(views.get(name)({ first }));
  for (const link of document.querySelectorAll("#nav a")) {
    const current = link.dataset.view === name || (link.dataset.view === "" && name === "observation");
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (quiet) return;
  window.scrollTo({ top: 0 });
  view.querySelector("h1")?.focus({ preventScroll: true });
}
