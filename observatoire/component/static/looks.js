// How a class character looks. Colours come with the data; only shapes of strokes are decided here.
export const SPECK = 14; // pixels: below, a perimeter cannot be read and a disc stands for it
const STROKE = "#2b2a3d";
const PALE = "#8a8a86";
const SVG = "http://www.w3.org/2000/svg";

// Strokes thin out with distance: on a small perimeter a thick one would hide the fill.
function weight(zoom) {
  return Math.max(0.5, Math.min(1.6, (zoom - 10) * 0.28));
}

// Absences have patterns of their own; a doubtful value keeps its colour, under a hatching.
function fill(letter, colours, doubtful) {
  if (letter === "s") return "url(#lm-hatch)";
  if (letter === "n") return "url(#lm-dots)";
  return doubtful ? `url(#lm-doubt-${letter})` : colours[letter] || "#ffffff";
}

// Over other areas (`bare`), a perimeter without a colour of its own lets them through.
export function shapeStyle(letter, colours, zoom, { doubtful, bare } = {}) {
  const base = { fillOpacity: 1, opacity: 1, dashArray: null, weight: weight(zoom) };
  const edge = { ...base, color: STROKE, weight: Math.max(1.3, weight(zoom) * 1.4) };
  if (letter === "o" || (letter === "p" && bare)) return { ...edge, fillColor: "#ffffff", fillOpacity: 0 };
  if (letter === "e") return { ...edge, fillColor: "#ffffff", fillOpacity: 0.35, dashArray: "6 3" };
  if (letter === "p") return { ...base, fillColor: "#ffffff", fillOpacity: 0.75, color: PALE };
  if (letter === "b")
    return { ...base, fillColor: fill(letter, colours), color: STROKE, dashArray: "1 3.5", weight: 1.6 };
  const color = /[mns]/.test(letter) ? PALE : STROKE;
  return { ...base, fillColor: fill(letter, colours, doubtful), color };
}

export function symbolStyle(letter, colours, { doubtful } = {}) {
  const base = { fillOpacity: 1, opacity: 1, dashArray: null, color: "#ffffff", weight: 1.5 };
  if (letter === "o") return { ...base, fillColor: "#ffffff", fillOpacity: 0.5, color: STROKE };
  if (letter === "e") return { ...base, fillColor: "#ffffff", fillOpacity: 0.5, color: STROKE, dashArray: "4 2.5" };
  if (letter === "p") return { ...base, fillColor: fill(letter, colours, doubtful), fillOpacity: 0.82 };
  if (letter === "b")
    return { ...base, fillColor: fill(letter, colours), color: STROKE, dashArray: "1 3.5", weight: 1.6 };
  const color = /[mns]/.test(letter) ? PALE : STROKE;
  return { ...base, fillColor: fill(letter, colours, doubtful), color, weight: 1 };
}

// Patterns live in each drawing that uses them: secrecy, what was not collected, and for each
// class the hatching that leans the other way over its colour.
export function patterns(host, colours, inks) {
  const doubts = Object.entries(inks || {});
  const key = JSON.stringify(doubts.map(([letter, ink]) => [letter, colours[letter], ink]));
  host.querySelectorAll(".leaflet-pane > svg").forEach((svg) => {
    if (svg.__patterns === key && svg.querySelector("#lm-hatch")) return;
    svg.__patterns = key;
    svg.querySelector("defs.lm-patterns")?.remove();
    const defs = document.createElementNS(SVG, "defs");
    defs.setAttribute("class", "lm-patterns");
    defs.innerHTML =
      stripes("lm-hatch", 45, 5, 1.6, "#f1f1ef", "#8a8a86") +
      '<pattern id="lm-dots" width="6" height="6" patternUnits="userSpaceOnUse">' +
      '<rect width="6" height="6" fill="#f4f3ef"/><circle cx="3" cy="3" r="1.1" fill="#8a8a86"/></pattern>' +
      doubts.map(([letter, ink]) => stripes(`lm-doubt-${letter}`, -45, 6, 1.1, colours[letter], ink)).join("");
    svg.insertBefore(defs, svg.firstChild);
  });
}

function stripes(id, angle, step, width, ground, line) {
  return (
    `<pattern id="${id}" width="${step}" height="${step}" patternUnits="userSpaceOnUse" ` +
    `patternTransform="rotate(${angle})"><rect width="${step}" height="${step}" fill="${ground}"/>` +
    `<rect width="${width}" height="${step}" fill="${line}"/></pattern>`
  );
}
