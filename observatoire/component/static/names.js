// Names beside what they name, only where they fit: a name is left out rather than overlap.
import { element } from "./dom.js";

const FONT = '"Source Sans", "Source Sans 3", system-ui, sans-serif';
const LINE = 13;
const LONG = 118; // pixels: a longer name takes two lines
const FAR = 70; // metres per pixel: beyond, only the towns of the QPV are named
const ruler = document.createElement("canvas").getContext("2d");
const measures = new Map();

export class Names {
  constructor(map, pane, module, hear) {
    this.map = map;
    this.hear = hear;
    this.pane = pane;
    pane.classList.add("leaflet-zoom-hide");
    this.quarters = module.qpv.map(({ name }, place) => ({
      ...label("lm-name", `600 12px ${FONT}`, name),
      place,
    }));
    const places = module.places.map((place) => ({
      ...label(place.main ? "lm-place lm-main" : "lm-place", `500 11.5px ${FONT}`, place.name),
      at: place.at,
      main: place.main,
    }));
    this.main = places.filter(({ main }) => main);
    this.others = places.filter(({ main }) => !main);
  }

  place(pane, corners) {
    const origin = this.map.getPixelOrigin();
    const { min, max } = this.map.getPixelBounds();
    this.low = min.subtract(origin);
    this.high = max.subtract(origin);
    this.taken = corners.map(({ x, y, w, h }) =>
      box((x < 0 ? this.high.x + x : this.low.x + x), (y < 0 ? this.high.y + y : this.low.y + y), w, h)
    );
    const own = pane.shapes.map((_, place) => this.drawn(pane, place));
    this.taken.push(...own);
    const order = own
      .map((at, place) => ({ at, place, size: Math.max(at.w, at.h) }))
      .sort((a, b) => (b.place === pane.selected) - (a.place === pane.selected) || b.size - a.size);
    order.forEach(({ at, place }) => this.put(this.quarters[place], around(at, this.quarters[place])));
    this.main.forEach((place) => this.put(place, near(this.map.latLngToLayerPoint(place.at), place)));
    const far = pane.metresPerPixel() > FAR;
    this.others.forEach((place) =>
      this.put(place, far ? [] : near(this.map.latLngToLayerPoint(place.at), place).slice(0, 3))
    );
  }

  // Where a QPV is drawn, as a disc, a circle or its perimeter.
  drawn(pane, place) {
    const mark = pane.marks[place];
    if (mark) {
      const at = this.map.latLngToLayerPoint(mark.getLatLng());
      const r = mark.getRadius();
      return box(at.x - r, at.y - r, 2 * r, 2 * r);
    }
    const bounds = pane.shapes[place].getBounds();
    const low = this.map.latLngToLayerPoint(bounds.getNorthWest());
    const high = this.map.latLngToLayerPoint(bounds.getSouthEast());
    return box(low.x, low.y, high.x - low.x, high.y - low.y);
  }

  put(name, spots) {
    const spot = spots.find((at) => this.inside(at) && !this.taken.some((b) => overlap(at, b)));
    if (name.tag) name.tag.hidden = !spot;
    if (!spot) return;
    this.taken.push(spot);
    name.tag ||= this.write(name);
    name.tag.hidden = false;
    name.tag.style.textAlign = spot.align;
    name.tag.style.transform = `translate(${Math.round(spot.x)}px, ${Math.round(spot.y)}px)`;
  }

  write({ className, lines, w, place }) {
    const tag = this.pane.appendChild(element("span", className));
    tag.style.width = `${Math.ceil(w)}px`;
    if (place !== undefined) this.hear(tag, place);
    lines.forEach((line) => (tag.appendChild(element("span", "")).textContent = line));
    return tag;
  }

  inside({ x, y, w, h }) {
    return x > this.low.x + 3 && y > this.low.y + 2 && x + w < this.high.x - 3 && y + h < this.high.y - 2;
  }
}

function label(className, font, text) {
  const lines = width(text, font) > LONG ? halves(text) : [text];
  const w = Math.max(...lines.map((line) => width(line, font))) + 2;
  return { className, lines, w, h: LINE * lines.length };
}

function width(text, font) {
  const name = `${font}|${text}`;
  if (!measures.has(name)) {
    ruler.font = font;
    measures.set(name, ruler.measureText(text).width * 1.04);
  }
  return measures.get(name);
}

// Cut at the space nearest to the middle.
function halves(text) {
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  if (!spaces.length) return [text];
  const middle = text.length / 2;
  const cut = spaces.reduce((a, b) => (Math.abs(b - middle) < Math.abs(a - middle) ? b : a));
  const dash = text.slice(cut + 1).match(/^[-–—·] /)?.[0].length || 0;
  return [text.slice(0, cut + dash), text.slice(cut + 1 + dash)];
}

function around(own, { w, h }) {
  const middle = own.y + own.h / 2 - h / 2;
  const centre = own.x + own.w / 2 - w / 2;
  return [
    { ...box(own.x + own.w + 4, middle, w, h), align: "left" },
    { ...box(own.x - w - 4, middle, w, h), align: "right" },
    { ...box(centre, own.y - h - 2, w, h), align: "center" },
    { ...box(centre, own.y + own.h + 2, w, h), align: "center" },
    { ...box(own.x + own.w + 2, own.y - h * 0.7, w, h), align: "left" },
    { ...box(own.x + own.w + 2, own.y + own.h - h * 0.3, w, h), align: "left" },
    { ...box(own.x - w - 2, own.y - h * 0.7, w, h), align: "right" },
    { ...box(own.x - w - 2, own.y + own.h - h * 0.3, w, h), align: "right" },
  ];
}

function near({ x, y }, { w, h }) {
  const steps = [0, -16, 16, -32, 32, -48, 48];
  return steps.map((dy) => ({ ...box(x - w / 2, y - h / 2 + dy, w, h), align: "center" }));
}

function box(x, y, w, h) {
  return { x, y, w, h };
}

function overlap(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
