// The neighbourhood of an outing, among those of every site where the team may write.
import { app } from "./app.js";
import { choices } from "./controls.js";
import { keepDraft } from "./draft.js";
import { el } from "./elements.js";
import { go, here, show } from "./router.js";
import { qpvWords } from "./said.js";
import { closed, offered, rulesOf, siteOf } from "./sites.js";
import { words } from "./words.js";

const MOST_SIDE_BY_SIDE = 6;

// One tap, however many there are: a list to unfold would ask for two.
export function qpvField() {
  const sites = usualFirst(offered(), siteOf(app.last.qpv));
  const many = sites.flatMap((site) => site.qpv).length > MOST_SIDE_BY_SIDE;
  const options = ({ qpv }) =>
    usualFirst(qpv, qpv.find((one) => one.code === app.last.qpv)).map((one) => [
      one.code,
      many ? [one.name, one.commune] : qpvWords(one),
    ]);
  const titled = sites.length > 1;
  return choices({
    name: "qpv",
    legend: words("outing.qpv"),
    layout: many ? "many" : "wide",
    groups: sites.map((site) => [titled ? site.name : "", options(site)]),
    value: app.draft.qpv,
    change: setQpv,
  });
}

const usualFirst = (list, usual) =>
  [...list].sort((one, other) => (other === usual) - (one === usual));

// Squares belong to a neighbourhood: with another one, they mean nothing. Another site has its own
// terms, and its own grid: what is not in it is kept, to be chosen again.
async function setQpv(qpv) {
  const { draft } = app;
  const moved = rulesOf(draft.qpv) !== siteOf(qpv);
  const written = [...draft.seen, draft.current].filter(Boolean);
  const gone = [];
  if (written.some((one) => one.cell)) gone.push("outing.cells_gone");
  for (const one of written) one.cell = "";
  if (!siteOf(qpv).text) {
    if (written.some((one) => one.words)) gone.push("outing.words_gone");
    for (const one of written) Object.assign(one, { words: "" }, "clean" in one && { clean: "" });
  }
  draft.qpv = qpv;
  await keepDraft();
  if (here() !== "") return;
  if (gone.length > 0) {
    go("", { again: true });
    const said = gone.map((name) => el("p", { role: "alert" }, words(name)));
    document.querySelector("#seen")?.append(...said);
  } else if (moved) {
    show({ quiet: true });
    document.querySelector('[data-field="qpv"] input:checked')?.focus({ preventScroll: true });
  }
}

// Why nothing may be written: on a site, or on each of several.
export function whyClosed({ quiet = false } = {}) {
  const several = app.frame.sites.length > 1;
  const lines = closed().map((site) => {
    const why = site.agreement === null ? "no_agreement" : "no_qpv";
    return several ? words(`closed.${why}`, { site: site.name }) : words(`page.${why}`);
  });
  const shown = lines.map((line) => el("p", {}, line));
  return el("div", { class: quiet ? "quiet" : "note wrong" }, shown);
}
