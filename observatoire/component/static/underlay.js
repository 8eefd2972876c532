// Other areas (IRIS, communes, cells) with the perimeters of one pane: outlines are made once, then
// only classes, opacity and order arrive.
import { shapeStyle } from "./looks.js";

const BELOW = 380; // over the ground, under the perimeters
const ABOVE = 430; // over the perimeters, under what is picked
const MOST_PARTS = 6;

export class Underlay {
  constructor(pane) {
    this.pane = pane;
    this.url = "";
    const ground = (this.ground = pane.map.createPane("areas"));
    ground.style.zIndex = BELOW;
  }

  // The outlines asked for, in place of others; the map itself does not move.
  lay(url, module) {
    if (this.url === url) return;
    this.layer?.remove();
    this.url = url;
    this.module = module;
    this.shapes = [];
    if (!module) return;
    const L = globalThis.L;
    const options = { pane: "areas", smoothFactor: 0.8, style: { weight: 0.7, color: "#8c8069" } };
    this.layer = L.geoJSON(module.shapes, options).addTo(this.pane.map);
    this.layer.eachLayer((shape) => {
      this.shapes[shape.feature.id] = shape;
      shape._path.setAttribute("data-area", module.keys[shape.feature.id]);
    });
    this.listen();
  }

  paint(under, paint) {
    this.under = under;
    this.now = paint;
    this.ground.style.opacity = under.opacity;
    this.ground.style.zIndex = under.over ? ABOVE : BELOW;
    this.shapes.forEach((shape, place) => {
      const letter = paint.classes[place];
      const colour = under.colours[letter];
      const { fillColor } = shapeStyle(letter, under.colours, 10);
      if (shape.__fill !== fillColor) {
        shape.setStyle({ fillColor, fillOpacity: colour ? 1 : 0 });
        shape.__fill = fillColor;
      }
      shape._path.setAttribute("data-class", letter);
    });
  }

  // Above the perimeters an area answers for the one beneath it too.
  listen() {
    const tooltip = () => this.pane.bridge.tooltip();
    const show = ({ originalEvent: at, propagatedFrom: shape }) => {
      const beneath = this.beneath(at);
      const own = this.lines(shape.feature.id);
      const lines = beneath < 0 ? own : [...this.pane.lines(beneath), ...own.slice(0, 1), ...own.slice(1)];
      tooltip().show(lines, at.clientX, at.clientY);
    };
    this.layer.on("mouseover mousemove", show);
    this.layer.on("mouseout", () => tooltip().hide());
    this.layer.on("click", (event) => {
      show(event);
      const beneath = this.beneath(event.originalEvent);
      if (beneath >= 0) this.pane.bridge.pick(this.pane.code(beneath));
    });
  }

  beneath({ clientX, clientY }) {
    const found = this.pane.element
      .getRootNode()
      .elementsFromPoint(clientX, clientY)
      .find((part) => part.dataset && part.dataset.code && this.pane.index.has(part.dataset.code));
    return found ? this.pane.index.get(found.dataset.code) : -1;
  }

  lines(place) {
    const { texts } = this.under;
    const value = this.now.values[place];
    return [
      ["area", this.module.names[place]],
      ["heading", texts.heading],
      ["value", value],
      ["absence", value ? "" : texts.absences[this.now.classes[place]] || ""],
      ["warning", texts.warning],
    ];
  }

  // The areas that contribute to a perimeter, the largest shares first.
  parts(code) {
    const own = this.now?.parts?.[code] || [];
    if (!own.length || !this.module) return [];
    const { texts } = this.under;
    const named = own.slice(0, MOST_PARTS).map(([place, share]) => [
      "part",
      texts.part.replace("{name}", this.module.names[place]).replace("{share}", share),
    ]);
    const left = own.length - named.length;
    return [["parts", texts.parts], ...named, ["part", left > 0 ? texts.more.replace("{n}", left) : ""]];
  }

  remove() {
    this.layer?.remove();
    this.ground.remove();
  }
}
