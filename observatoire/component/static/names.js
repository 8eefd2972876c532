// Names beside what they name, only where they fit: a name is left out rather than overlap.
import { element } from "./dom.js";

const QPV_FONT = "600 11px system-ui, sans-serif";
const PLACE_FONT = "500 11px system-ui, sans-serif";
const ruler = document.createElement("canvas").getContext("2d");
const widths = new Map();

function width(text, font) {
  const name = `${font}|${text}`;
  if (!widths.has(name)) {
    ruler.font = font;
    widths.set(name, ruler.measureText(text).width + 4);
  }
  return widths.get(name);
}

export class Names {
  constructor(map, pane, module) {
    this.map = map;
    this.pane = pane;
    pane.classList.add("leaflet-zoom-hide");
    this.qpv = module.qpv.map(({ name }) => this.tag("lm-name", name));
    this.places = (module.places || []).map(({ name, at, main }) => ({
      tag: this.tag(main ? "lm-place lm-main" : "lm-place", name), name, at, main,
    }));
  }

  tag(className, text) {
    const made = this.pane.appendChild(element("span", className));
    made.textContent = text;
    made.hidden = true;
    return made;
  }

  place(pane) {
    const view = this.map.getPixelBounds();
    const origin = this.map.getPixelOrigin();
    const seen = { low: view.min.subtract(origin), high: view.max.subtract(origin) };
    const taken = this.obstacles(pane);
    const order = pane.shapes
      .map((shape, place) => ({ place, size: pane.extent(shape) }))
      .sort((a, b) => (b.place === pane.selected) - (a.place === pane.selected) || b.size - a.size);
    const main = this.places.filter(({ main }) => main);
    const rest = this.places.filter(({ main }) => !main);
    main.forEach((spot) => this.town(spot, seen, taken));
    order.forEach(({ place, size }) => this.quarter(pane, place, size, seen, taken));
    rest.forEach((spot) => this.town(spot, seen, taken));
  }

  obstacles(pane) {
    return pane.shapes.map((shape, place) => {
      const mark = pane.marks[place];
      if (mark) {
        const at = this.map.latLngToLayerPoint(mark.getLatLng());
        const r = mark.getRadius();
        return box(at.x - r, at.y - r, 2 * r, 2 * r);
      }
      const b = shape.getBounds();
      const low = this.map.latLngToLayerPoint(b.getNorthWest());
      const high = this.map.latLngToLayerPoint(b.getSouthEast());
      return box(low.x, low.y, high.x - low.x, high.y - low.y);
    });
  }

  quarter(pane, place, size, seen, taken) {
    const tag = this.qpv[place];
    const wide = width(tag.textContent, QPV_FONT);
    const own = taken[place];
    const middle = own.y + own.h / 2 - 7;
    const spots = [
      box(own.x + own.w + 3, middle, wide, 14),
      box(own.x - wide - 3, middle, wide, 14),
      box(own.x + own.w / 2 - wide / 2, own.y - 16, wide, 14),
      box(own.x + own.w / 2 - wide / 2, own.y + own.h + 2, wide, 14),
    ];
    const spot = spots.find((at) => inside(at, seen) && !taken.some((other) => overlap(at, other)));
    this.put(tag, spot, taken);
  }

  town({ tag, name, at }, seen, taken) {
    const point = this.map.latLngToLayerPoint(at);
    const wide = width(name, PLACE_FONT) * 1.12;
    const spots = [0, -18, 18, -34, 34].map((dy) => box(point.x - wide / 2, point.y - 7 + dy, wide, 14));
    const spot = spots.find((at) => inside(at, seen) && !taken.some((other) => overlap(at, other)));
    this.put(tag, spot, taken);
  }

  put(tag, spot, taken) {
    tag.hidden = !spot;
    if (!spot) return;
    taken.push(spot);
    tag.style.transform = `translate(${Math.round(spot.x)}px, ${Math.round(spot.y)}px)`;
  }
}

function box(x, y, w, h) {
  return { x, y, w, h };
}

function inside(a, { low, high }) {
  return a.x >= low.x + 2 && a.y >= low.y + 2 && a.x + a.w <= high.x - 2 && a.y + a.h <= high.y - 2;
}

function overlap(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
