// The map that stays mounted. Streamlit calls this again at each change of data: geometry and
// panes are made once, then only classes, values and the palette arrive and are painted.
import { element } from "./dom.js";
import { Pane } from "./pane.js";
import { Tooltip } from "./tooltip.js";
import { recall } from "./memory.js";

export default async function livingMap({ data, parentElement, setTriggerValue }) {
  let state = parentElement.__livingMap;
  if (!state) {
    state = parentElement.__livingMap = { panes: [], scale: 0, done: Promise.resolve() };
    state.leave = () => leave(parentElement, state);
    state.ready = build(parentElement, data, state);
    data.panes.forEach((spec) => geometry(spec).catch(() => {})); // asked for at once
  }
  state.emit = setTriggerValue;
  state.want = data;
  // Only the newest data is ever painted: what arrives meanwhile makes the older one stale.
  state.done = state.done
    .then(() => state.ready)
    .then(() => (state.want === data ? show(state, data) : undefined))
    .catch((error) => fail(parentElement, state, data, error));
  await state.done;
  return state.leave;
}

function leave(parentElement, state) {
  state.panes.forEach((pane) => pane.remove());
  state.root?.remove();
  if (parentElement.__livingMap === state) delete parentElement.__livingMap;
}

// A sentence instead of a blank; the next change begins anew.
function fail(parentElement, state, data, error) {
  console.error(error);
  leave(parentElement, state);
  parentElement.querySelector(".lm-broken")?.remove();
  const said = parentElement.appendChild(element("p", "lm-broken"));
  said.setAttribute("role", "alert");
  said.textContent = data.texts.broken;
}

async function build(parent, data, state) {
  const leaflet = globalThis.L ? [] : [import(data.leaflet)];
  await Promise.all([...data.css.map((url) => stylesheet(parent, url)), ...leaflet]);
  const root = (state.root = element("div", "lm"));
  state.grid = root.appendChild(element("div", "lm-panes"));
  state.foot = root.appendChild(element("p", "lm-foot"));
  state.live = root.appendChild(element("p", "lm-live"));
  state.live.setAttribute("aria-live", "polite");
  state.tooltip = new Tooltip(root);
  parent.querySelector(".lm-broken")?.remove();
  parent.appendChild(root);
}

async function show(state, data) {
  await setPanes(state, data);
  const areas = await Promise.all((data.under?.panes || []).map(outlines));
  if (state.want !== data) return;
  state.data = data;
  state.root.style.setProperty("--height", `${data.height}px`);
  footer(state.foot, data.texts.sources);
  state.tooltip.hide();
  state.panes.forEach((pane, place) => {
    pane.lay(data.under, place, areas[place]);
    pane.paint(data, data.paint[place]);
  });
  select(state, data.selected || "");
  state.root.dataset.revision = data.revision;
}

// Panes whose geometry is still asked for stay as they are; the others go or come.
async function setPanes(state, data) {
  const asked = data.panes.map((spec) => spec.url).join(" ");
  if (state.asked === asked) return;
  const modules = await Promise.all(data.panes.map(geometry));
  if (state.want !== data) return;
  const kept = new Map(state.panes.map((pane) => [pane.spec.url, pane]));
  const panes = data.panes.map((spec, place) => {
    const pane = kept.get(spec.url) || new Pane(spec, modules[place], bridge(state));
    kept.delete(spec.url);
    return pane;
  });
  kept.forEach((pane) => pane.remove());
  state.panes = panes;
  state.grid.style.setProperty("--panes", panes.length);
  state.grid.dataset.panes = panes.length;
  panes.forEach((pane) => state.grid.appendChild(pane.element));
  state.asked = asked;
  await Promise.all(panes.map((pane) => pane.mounted()));
  restore(state, data);
}

// A site's geometry: in a document that stands alone it comes along, else it is fetched once.
async function geometry(spec) {
  return spec.module || (await import(spec.url)).site;
}

// Outlines of other areas, fetched once as well.
async function outlines(spec) {
  return spec.module || (spec.url ? (await import(spec.url)).areas : null);
}

function restore(state, data) {
  const memory = `${data.view}.${state.panes.length}`;
  const alone = state.panes.length === 1;
  const views = state.panes.map((pane) => recall(memory, pane.spec.id));
  const remembered = views.find((view) => view);
  state.scale = remembered ? remembered.scale : 0;
  state.panes.forEach((pane, place) => pane.start(views[place], { memory, alone }));
  if (remembered) state.panes.forEach((pane) => pane.followScale(state.scale));
  else fitAll(state);
}

// One ground scale for all panes: the one that lets the largest of the towns shown fit.
function fitAll(state) {
  state.scale = Math.max(...state.panes.map((pane) => pane.fittingScale()));
  state.panes.forEach((pane) => pane.centreOnTown(state.scale));
}

// What a pane may ask of the whole: to lead the scale, to select, to show a tooltip, to announce.
function bridge(state) {
  return {
    tooltip: () => state.tooltip,
    data: () => state.data,
    scale: () => state.scale,
    lead(leader, scale) {
      if (!state.scale || Math.abs(scale / state.scale - 1) < 1e-6) return;
      state.scale = scale;
      state.panes
        .filter((pane) => pane !== leader && pane.ready)
        .forEach((pane) => pane.followScale(scale));
    },
    goToTown(pane) {
      const needed = pane.fittingScale();
      const alone = state.panes.length === 1;
      if (alone || needed > state.scale * 1.001) state.scale = needed;
      state.panes.forEach((other) =>
        other === pane ? other.centreOnTown(state.scale) : other.followScale(state.scale)
      );
    },
    pick(code) {
      select(state, code);
      state.emit("pick", code);
    },
    say(text) {
      state.live.textContent = text;
    },
  };
}

function select(state, code) {
  state.selected = code;
  state.panes.forEach((pane) => pane.select(code));
}

function footer(foot, sources) {
  const link = element("a", "");
  link.href = "https://leafletjs.com";
  link.rel = "noreferrer";
  link.textContent = "Leaflet";
  foot.replaceChildren("© ", link, sources ? ` · ${sources}` : "");
}

function stylesheet(parent, url) {
  return new Promise((resolve, reject) => {
    const link = element("link", "");
    link.rel = "stylesheet";
    link.onload = resolve;
    link.onerror = () => reject(new Error(`stylesheet ${url}`));
    link.href = url;
    parent.appendChild(link);
  });
}
