// How a class character looks. Colours come with the data; only shapes of strokes are decided here.
export const SPECK = 14; // pixels: below, a perimeter cannot be read and a disc stands for it
const STROKE = "#2b2a3d";
const PALE = "#8a8a86";
const SVG = "http://www.w3.org/2000/svg";

// Strokes thin out with distance: on a small perimeter a thick one would hide the fill.
function weight(zoom) {
  return Math.max(0.5, Math.min(1.6, (zoom - 10) * 0.28));
}

function fill(letter, colours) {
  return letter === "s" ? "url(#lm-hatch)" : colours[letter] || "#ffffff";
}

export function shapeStyle(letter, colours, zoom) {
  const base = { fillOpacity: 1, opacity: 1, dashArray: null, weight: weight(zoom) };
  if (letter === "p") return { ...base, fillColor: "#ffffff", fillOpacity: 0.75, color: PALE };
  if (letter === "b")
    return { ...base, fillColor: fill(letter, colours), color: STROKE, dashArray: "1 3.5", weight: 1.6 };
  const color = /[mns]/.test(letter) ? PALE : STROKE;
  return { ...base, fillColor: fill(letter, colours), color };
}

export function symbolStyle(letter, colours) {
  const base = { fillOpacity: 1, opacity: 1, dashArray: null, color: "#ffffff", weight: 1.5 };
  if (letter === "p") return { ...base, fillColor: fill(letter, colours), fillOpacity: 0.82 };
  if (letter === "b")
    return { ...base, fillColor: fill(letter, colours), color: STROKE, dashArray: "1 3.5", weight: 1.6 };
  const color = /[mns]/.test(letter) ? PALE : STROKE;
  return { ...base, fillColor: fill(letter, colours), color, weight: 1 };
}

// The hatch for statistical secrecy lives in each drawing that uses it.
export function hatch(layer) {
  const svg = layer._renderer._container;
  if (svg.querySelector("#lm-hatch")) return;
  const defs = document.createElementNS(SVG, "defs");
  defs.innerHTML =
    '<pattern id="lm-hatch" width="5" height="5" patternUnits="userSpaceOnUse" ' +
    'patternTransform="rotate(45)"><rect width="5" height="5" fill="#f1f1ef"/>' +
    '<rect width="1.6" height="5" fill="#8a8a86"/></pattern>';
  svg.insertBefore(defs, svg.firstChild);
}
