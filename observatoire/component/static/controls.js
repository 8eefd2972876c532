// Mouse, fingers and keyboard on one pane.
import { element } from "./dom.js";

export function listen(pane) {
  focusRules(pane);
  tools(pane);
  towns(pane);
  pane.hear = (layer, place) => hear(pane, layer, place);
  pane.shapes.forEach((shape, place) => hear(pane, shape, place));
  pane.host.addEventListener("keydown", (event) => keyed(pane, event));
}

// The wheel and one finger scroll the page until the map is chosen, by a click or by Tab.
function focusRules({ host, map, bridge, spec, words }) {
  host.tabIndex = 0;
  host.setAttribute("role", "application");
  host.setAttribute("aria-label", `${spec.title}. ${words.help}`);
  const focus = host.focus.bind(host);
  host.focus = () => focus({ preventScroll: true }); // a scroll here would swallow the click
  host.addEventListener("pointerdown", () => host.focus());
  host.addEventListener("focus", () => {
    map.scrollWheelZoom.enable();
    map.dragging.enable();
  });
  host.addEventListener("blur", () => {
    map.scrollWheelZoom.disable();
    if (matchMedia("(pointer: coarse)").matches) map.dragging.disable();
    bridge.tooltip().hide();
  });
}

function tools(pane) {
  const { map, words } = pane;
  const make = (text, label, act) => {
    const button = pane.tools.appendChild(element("button", "lm-tool"));
    button.type = "button";
    button.textContent = text;
    button.title = label;
    button.setAttribute("aria-label", `${label} (${pane.spec.title})`);
    button.addEventListener("click", act);
  };
  make("+", words.zoom_in, () => map.setZoom(map.getZoom() + 0.5));
  make("−", words.zoom_out, () => map.setZoom(map.getZoom() - 0.5));
  make("⌂", words.back, () => pane.bridge.goToTown(pane));
}

function towns(pane) {
  const buttons = new Map();
  const make = (place, name, count) => {
    const button = pane.towns.appendChild(element("button", place < 0 ? "lm-town lm-whole" : "lm-town"));
    button.type = "button";
    button.textContent = name;
    button.appendChild(element("span", "lm-count")).textContent = count;
    button.addEventListener("click", () => {
      pane.town = place;
      pane.bridge.goToTown(pane);
    });
    buttons.set(place, button);
  };
  make(-1, pane.words.whole, pane.module.qpv.length);
  pane.module.towns.forEach(({ name, codes }, place) => make(place, name, codes.length));
  pane.map.on("moveend", () => {
    const town = pane.module.towns[pane.town];
    pane.where.textContent = town ? town.name : pane.words.whole;
    buttons.forEach((button, place) =>
      button.setAttribute("aria-pressed", String(place === pane.town))
    );
  });
}

// What a perimeter or a disc answers to the mouse, its name answers too.
function hear(pane, layer, place) {
  const shape = typeof layer.getElement === "function";
  const on = (name, act) =>
    shape ? layer.on(name, ({ originalEvent }) => act(originalEvent)) : layer.addEventListener(name, act);
  const tooltip = () => pane.bridge.tooltip();
  const tip = (at) => tooltip().show(pane.lines(place), at.clientX, at.clientY);
  on("mouseover", tip);
  on("mousemove", (at) => tooltip().move(at.clientX, at.clientY));
  on("mouseout", () => tooltip().hide());
  on("click", (at) => {
    tip(at);
    pane.cursor = -1;
    pane.bridge.pick(pane.code(place));
  });
}

const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function keyed(pane, event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const act = {
    Enter: () => choose(pane),
    " ": () => choose(pane),
    Escape: () => point(pane, -1),
    "+": () => pane.map.setZoom(pane.map.getZoom() + 0.5),
    "-": () => pane.map.setZoom(pane.map.getZoom() - 0.5),
    Home: () => pane.bridge.goToTown(pane),
  }[event.key];
  const direction = DIRECTIONS[event.key];
  if (!act && !direction) return;
  event.preventDefault();
  event.stopPropagation();
  if (act) act();
  else point(pane, neighbour(pane, direction));
}

function choose(pane) {
  if (pane.cursor >= 0) pane.bridge.pick(pane.code(pane.cursor));
}

// The nearest QPV in that direction, what lies ahead counting more than what lies aside.
function neighbour(pane, [dx, dy]) {
  const from = pane.cursor >= 0 ? pane.cursor : pane.selected;
  const at = (place) => pane.map.latLngToContainerPoint(pane.module.qpv[place].at);
  const origin = from >= 0 ? at(from) : pane.map.getSize().divideBy(2);
  let best = from;
  let least = Infinity;
  pane.module.qpv.forEach((_, place) => {
    const to = at(place);
    const ahead = (to.x - origin.x) * dx + (to.y - origin.y) * dy;
    const aside = Math.abs((to.x - origin.x) * dy) + Math.abs((to.y - origin.y) * dx);
    const cost = ahead + 2 * aside;
    if (place !== from && ahead > 0.5 && cost < least) [best, least] = [place, cost];
  });
  return best;
}

function point(pane, place) {
  pane.cursor = place;
  if (place < 0) {
    pane.bridge.tooltip().hide();
    pane.highlight();
    return;
  }
  const at = pane.module.qpv[place].at;
  if (!pane.map.getBounds().pad(-0.08).contains(at)) pane.map.panTo(at, { animate: false });
  pane.highlight();
  const spot = pane.map.latLngToContainerPoint(at);
  const frame = pane.host.getBoundingClientRect();
  const lines = pane.lines(place);
  pane.bridge.tooltip().show(lines, frame.left + spot.x, frame.top + spot.y);
  pane.bridge.say(lines.map(([, text]) => text).filter(Boolean).join(", "));
}
