// One pane: folium's map of a site, its symbols, its names, its tools.
import { element } from "./dom.js";
import { listen } from "./controls.js";
import { Names } from "./names.js";
import { remember } from "./memory.js";
import { Underlay } from "./underlay.js";
import { SPECK, patterns, shapeStyle, symbolStyle } from "./looks.js";

const EARTH = 40075016.686;
const SMALLEST_FRAME = 1600; // metres: a lone QPV keeps some ground around it
// What stands over the map: the tools and the scale; a negative place counts from the far side.
const CORNERS = [
  { x: -48, y: 0, w: 48, h: 120 },
  { x: 0, y: -34, w: 110, h: 34 },
];
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Pane {
  constructor(spec, module, bridge) {
    Object.assign(this, { spec, module, bridge, words: module.words, town: 0, marks: [], cursor: -1 });
    this.element = element("section", "lm-pane");
    this.element.dataset.pane = spec.id;
    const head = this.element.appendChild(element("header", "lm-head"));
    head.appendChild(element("h3", "")).textContent = spec.title;
    this.where = head.appendChild(element("span", "lm-where"));
    const frame = this.element.appendChild(element("div", "lm-frame"));
    this.host = frame.appendChild(element("div", "lm-host"));
    this.tools = frame.appendChild(element("div", "lm-tools"));
    this.towns = this.element.appendChild(element("nav", "lm-towns"));
    this.index = new Map(module.qpv.map((qpv, place) => [qpv.code, place]));
  }

  // Leaflet needs a size: wait for the first layout before running folium's script.
  async mounted() {
    if (this.map) return;
    await sized(this.host);
    const L = globalThis.L;
    const parts = this.module.draw(L, this.host, {
      trackResize: false, zoomSnap: 0, zoomDelta: 0.5, minZoom: 6, maxZoom: 18, keyboard: false,
      attributionControl: false, scrollWheelZoom: false, wheelPxPerZoomLevel: 110,
      dragging: !matchMedia("(pointer: coarse)").matches,
      zoomAnimation: !still(), fadeAnimation: false, inertia: !still(), boxZoom: false,
    });
    this.map = parts.map;
    this.shapes = [];
    parts.qpv.eachLayer((layer) => (this.shapes[this.index.get(layer.feature.id)] = layer));
    this.prepare(L);
    this.size = [this.host.clientWidth, this.host.clientHeight];
    this.watch = new ResizeObserver(() => this.resized());
    this.watch.observe(this.host);
  }

  prepare(L) {
    const panes = { halo: 440, symbols: 450, names: 470 };
    Object.entries(panes).forEach(([name, z]) => {
      const pane = this.map.createPane(name);
      pane.style.zIndex = z;
      if (name !== "symbols") pane.style.pointerEvents = "none";
    });
    L.control.scale({ imperial: false, maxWidth: 90 }).addTo(this.map);
    this.shapes.forEach((shape, place) => shape._path.setAttribute("data-code", this.code(place)));
    listen(this);
    this.names = new Names(this.map, this.map.getPane("names"), this.module, this.hear);
    this.map.on("moveend zoomend", () => this.moved());
  }

  code(place) {
    return this.module.qpv[place].code;
  }

  // --- what is shown --------------------------------------------------------------------------

  // Other areas with the perimeters: `place` is this pane's rank among those painted.
  lay(under, place, module) {
    if (!under && !this.areas) return;
    this.areas ||= new Underlay(this);
    const url = under ? under.panes[place].url : "";
    this.areas.lay(url, module);
    if (under) this.areas.paint(under, under.paint[place]);
  }

  paint(data, paint) {
    this.colours = data.colours;
    this.inks = data.inks;
    this.now = paint;
    this.restyle();
  }

  // Perimeters that would be specks are drawn as discs; counts as circles whose area counts.
  restyle() {
    if (!this.now || !this.ready) return;
    const zoom = this.map.getZoom();
    const specks = this.shapes.map((shape) => this.extent(shape) < SPECK);
    this.radius = this.metresPerPixel() > 60 ? 6.5 : 8;
    this.spots = this.spread(specks);
    const hatched = new Set(this.now.hatched);
    this.shapes.forEach((shape, place) => {
      const letter = this.now.classes[place];
      const speck = specks[place];
      const how = { doubtful: hatched.has(place), bare: Boolean(this.areas?.url) };
      const style = shapeStyle(letter, this.colours, zoom, how);
      if (!same(shape.__style, style)) shape.setStyle((shape.__style = style));
      shape._path.setAttribute("data-class", letter);
      shape._path.classList.toggle("lm-speck", speck);
      this.symbol(place, letter, speck, how);
    });
    patterns(this.host, this.colours, this.inks);
    this.names.place(this, CORNERS);
    this.highlight();
  }

  symbol(place, letter, speck, how) {
    const radius = letter === "p" ? this.now.radii[place] : speck ? this.radius : 0;
    let mark = this.marks[place];
    if (!radius) {
      mark?.remove();
      this.marks[place] = undefined;
      return;
    }
    const style = symbolStyle(letter, this.colours, how);
    if (!mark) {
      const L = globalThis.L;
      mark = L.circleMarker(this.spots[place], { pane: "symbols", radius, ...style });
      mark.addTo(this.map);
      mark._path.setAttribute("data-code", this.code(place));
      this.hear(mark, place);
      this.marks[place] = mark;
      mark.__style = style;
    }
    if (mark.getRadius() !== radius) mark.setRadius(radius);
    if (!mark.getLatLng().equals(this.spots[place])) mark.setLatLng(this.spots[place]);
    if (!same(mark.__style, style)) mark.setStyle((mark.__style = style));
    mark._path.setAttribute("data-class", letter);
  }

  // Where each symbol stands: discs of neighbouring specks part until each can be seen and picked.
  spread(specks) {
    const { map, module } = this;
    const spots = module.qpv.map(({ at }) => map.latLngToLayerPoint(at));
    const discs = spots.map((_, place) => place).filter((place) => specks[place] && this.now.classes[place] !== "p");
    const apart = 2 * this.radius;
    for (let turn = 0; turn < 12; turn += 1) {
      discs.forEach((one, rank) =>
        discs.slice(rank + 1).forEach((other) => {
          const gap = spots[other].subtract(spots[one]);
          const length = Math.hypot(gap.x, gap.y) || 0.01;
          if (length >= apart) return;
          const push = gap.multiplyBy((apart - length) / length / 2);
          spots[one] = spots[one].subtract(push);
          spots[other] = spots[other].add(push);
        })
      );
    }
    const moved = new Set(discs);
    return spots.map((spot, place) =>
      moved.has(place) ? map.layerPointToLatLng(spot) : globalThis.L.latLng(module.qpv[place].at)
    );
  }

  // Pixels of the longer side of a perimeter at this zoom.
  extent(shape) {
    const bounds = shape.getBounds();
    const low = this.map.latLngToLayerPoint(bounds.getSouthWest());
    const high = this.map.latLngToLayerPoint(bounds.getNorthEast());
    return Math.max(Math.abs(high.x - low.x), Math.abs(high.y - low.y));
  }

  select(code) {
    this.selected = this.index.has(code) ? this.index.get(code) : -1;
    this.highlight();
  }

  highlight() {
    if (!this.ready) return;
    this.halo?.forEach((layer) => layer.remove());
    this.halo = [];
    if (this.selected >= 0) this.ring(this.selected, "lm-selected");
    if (this.cursor >= 0) this.ring(this.cursor, "lm-cursor");
  }

  ring(place, className) {
    const L = globalThis.L;
    const mark = this.marks[place];
    const outline = (extra) =>
      mark
        ? L.circleMarker(mark.getLatLng(), { radius: mark.getRadius() + 3, ...extra })
        : L.polygon(this.shapes[place].getLatLngs(), { smoothFactor: 0.6, ...extra });
    ["lm-casing", className].forEach((name) => {
      const layer = outline({ pane: "halo", fill: false, interactive: false, className: name });
      layer.addTo(this.map);
      layer._path.setAttribute("data-code", this.code(place));
      this.halo.push(layer);
    });
  }

  lines(place) {
    const { name, commune } = this.module.qpv[place];
    const texts = this.bridge.data().texts;
    const value = this.now.values[place];
    const absence = texts.absences[this.now.classes[place]] || "";
    return [
      ["name", name],
      ["commune", commune],
      ["heading", texts.heading],
      ["value", value],
      ["absence", value ? "" : absence],
      ["note", this.now.notes?.[place] || ""],
      ...(this.areas?.url ? this.areas.parts(this.code(place)) : []),
      ["warning", texts.warning],
    ];
  }

  // --- where it looks -------------------------------------------------------------------------

  metresPerPixel() {
    const cosine = Math.cos((this.map.getCenter().lat * Math.PI) / 180);
    return (EARTH * cosine) / (256 * 2 ** this.map.getZoom());
  }

  zoomFor(scale, latitude) {
    return Math.log2((EARTH * Math.cos((latitude * Math.PI) / 180)) / (256 * scale));
  }

  // The place shown: a town, or the whole site when it is alone on the page.
  frame() {
    return this.town < 0 && this.alone ? this.module.whole : this.module.towns[Math.max(0, this.town)];
  }

  townCentre() {
    const { south, north, west, east } = this.frame();
    return globalThis.L.latLng((south + north) / 2, (west + east) / 2);
  }

  // Metres per pixel at which the town in view fits, with room for names around.
  fittingScale() {
    const { south, north, west, east } = this.frame();
    const degree = EARTH / 360;
    const tall = Math.max((north - south) * degree, SMALLEST_FRAME);
    const cosine = Math.cos(((south + north) / 2) * (Math.PI / 180));
    const wide = Math.max((east - west) * degree * cosine, SMALLEST_FRAME);
    const [width, height] = this.size;
    return Math.max(wide / (width * 0.76), tall / (height * 0.8));
  }

  centreOnTown(scale) {
    const centre = this.townCentre();
    this.look(centre, this.zoomFor(scale, centre.lat), false);
  }

  followScale(scale) {
    const centre = this.map.getCenter();
    const zoom = this.zoomFor(scale, centre.lat);
    if (Math.abs(zoom - this.map.getZoom()) > 1e-9) this.look(centre, zoom, false);
  }

  // Begin in a set of panes: measure the room given, then look where it looked last time.
  start(view, { memory, alone }) {
    Object.assign(this, { memory, alone, town: view ? view.town : 0 });
    this.element.classList.toggle("lm-alone", alone);
    this.size = [this.host.clientWidth, this.host.clientHeight];
    this.map.invalidateSize({ pan: false, animate: false });
    if (!view) return this.centreOnTown(this.bridge.scale() || this.fittingScale());
    return this.look(view.centre, view.zoom, false);
  }

  look(centre, zoom, animate) {
    this.ready = true;
    this.map.setView(centre, zoom, animate ? { animate } : { animate: false, reset: true });
  }

  moved() {
    if (!this.ready || !this.host.clientWidth || !this.host.clientHeight) return;
    const centre = this.map.getCenter();
    const zoom = this.map.getZoom();
    this.seen = { centre: [centre.lat, centre.lng], zoom };
    this.host.dataset.centre = `${centre.lat},${centre.lng}`;
    this.host.dataset.zoom = zoom;
    this.host.dataset.scale = this.metresPerPixel();
    this.bridge.lead(this, this.metresPerPixel());
    remember(this.memory, this.spec.id, { ...this.seen, town: this.town, scale: this.bridge.scale() });
    this.restyle();
  }

  // A row inserted above makes the container 0 × 0 for a moment: that is no new size, and the
  // view must not move. A real change of size keeps the same centre.
  resized() {
    const size = [this.host.clientWidth, this.host.clientHeight];
    if (!size[0] || !size[1] || (size[0] === this.size[0] && size[1] === this.size[1])) return;
    this.size = size;
    const { centre, zoom } = this.seen || { centre: this.map.getCenter(), zoom: this.map.getZoom() };
    this.map.invalidateSize({ pan: false, animate: false });
    this.look(centre, zoom, false);
  }

  remove() {
    this.watch?.disconnect();
    this.map?.remove();
    this.element.remove();
  }
}

function sized(host) {
  return new Promise((resolve) => {
    const watch = new ResizeObserver(() => {
      if (!host.clientWidth || !host.clientHeight) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(host);
  });
}

function same(one, other) {
  return one && Object.keys(other).every((name) => one[name] === other[name]);
}
