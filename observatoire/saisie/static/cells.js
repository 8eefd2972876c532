// A small map of one neighbourhood: its outline over the squares of the grid, to touch one.
import { button, el, svg } from "./elements.js";
import { words } from "./words.js";

const THUMB_PX = 48;
const CELL = /^CRS\d+RES(\d+)mN(-?\d+)E(-?\d+)$/;
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Squares named as on a chess board, letters from the west and numbers from the north, by the place
// that their identifier holds (`CRS3035RES200mN…E…`): on the screen the grid is slightly turned.
export function namedCells(qpv) {
  const placed = qpv.cells.map((cell) => {
    const [, size, north, east] = CELL.exec(cell.id).map(Number);
    const [x, y] = [0, 1].map((axis) => middle(cell.ring.slice(0, 4).map((point) => point[axis])));
    return { ...cell, x, y, size, east: east / size, north: north / size };
  });
  const west = Math.min(...placed.map((cell) => cell.east));
  const top = Math.max(...placed.map((cell) => cell.north));
  const named = placed.map((cell) => {
    const [column, row] = [Math.round(cell.east - west), Math.round(top - cell.north)];
    return { ...cell, column, row, name: `${letters(column)}${row + 1}` };
  });
  return named.sort((one, other) => one.row - other.row || one.column - other.column);
}

const middle = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function cellName(qpv, id) {
  const found = qpv && namedCells(qpv).find((cell) => cell.id === id);
  return found ? words("seen.square", { name: found.name }) : words("seen.whole");
}

function letters(rank) {
  return (rank >= 26 ? letters(Math.floor(rank / 26) - 1) : "") + String.fromCharCode(65 + (rank % 26));
}

export function cellMap({ qpv, value, change }) {
  const cells = namedCells(qpv);
  const side = cells[0].size;
  const points = [...qpv.outline.flat(), ...cells.flatMap((one) => one.ring)];
  const [west, south, width, height] = extent(points);
  const point = ([x, y]) => `${x - west},${height - (y - south)}`;
  const path = (rings) => rings.map((ring) => `M${ring.map(point).join("L")}Z`).join("");
  const whole = button(words("seen.whole"), () => pick(""), { class: "chip-button" });
  const drawn = cells.map((cell) => {
    const [cx, cy] = point([cell.x, cell.y]).split(",");
    return svg(
      "g",
      {
        class: "cell",
        role: "button",
        "aria-label": words("seen.square", { name: cell.name }),
        "data-cell": cell.id,
        onclick: () => pick(cell.id === value ? "" : cell.id),
        onkeydown: (event) => press(event, cell),
      },
      svg("path", { d: path([cell.ring]) }),
      svg("text", { x: cx, y: cy, "font-size": side * 0.22, "aria-hidden": "true" }, cell.name),
    );
  });
  const picture = svg(
    "svg",
    {
      viewBox: `${-side * 0.04} ${-side * 0.04} ${width + side * 0.08} ${height + side * 0.08}`,
      role: "group",
      "aria-label": words("seen.map", { name: qpv.name, size: side }),
      // A square is never narrower than a thumb: a wide neighbourhood goes beyond the screen.
      style: `min-width:${Math.ceil(((width / side) * 1.02 + 0.1) * THUMB_PX)}px`,
    },
    svg("path", { class: "ground", d: path(qpv.outline), "fill-rule": "evenodd" }),
    drawn,
    svg("path", { class: "outline", d: path(qpv.outline) }),
  );

  function pick(id) {
    value = id;
    show();
    change(id);
  }
  function press(event, cell) {
    if (event.key === "Enter" || event.key === " ") pick(cell.id === value ? "" : cell.id);
    else if (WAYS[event.key]) focusNext(cell, WAYS[event.key]);
    else return;
    event.preventDefault();
  }
  function focusNext(from, [dx, dy]) {
    const gap = (to) => [to.column - from.column, from.row - to.row];
    const ahead = (to) => gap(to)[0] * dx + gap(to)[1] * dy;
    const cost = (to) => ahead(to) + 3 * Math.abs(gap(to)[0] * dy + gap(to)[1] * dx);
    const found = cells.filter((to) => ahead(to) > 0).sort((a, b) => cost(a) - cost(b))[0];
    if (found) enter(cells.indexOf(found));
  }
  // One square is reached by Tab; the arrows go to the others.
  function enter(rank) {
    drawn.forEach((one, other) => one.setAttribute("tabindex", other === rank ? "0" : "-1"));
    drawn[rank].focus();
  }
  function show() {
    const chosen = Math.max(0, cells.findIndex((cell) => cell.id === value));
    whole.setAttribute("aria-pressed", String(value === ""));
    drawn.forEach((one, rank) => {
      one.setAttribute("aria-pressed", String(cells[rank].id === value));
      one.setAttribute("tabindex", rank === chosen ? "0" : "-1");
    });
  }
  show();
  return el(
    "fieldset",
    { class: "choices", "data-field": "cell" },
    el("legend", {}, words("seen.where")),
    whole,
    el("div", { class: "map" }, picture),
    el("p", { class: "quiet" }, words("seen.map_note", { size: side })),
  );
}

function extent(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [west, south] = [Math.min(...xs), Math.min(...ys)];
  return [west, south, Math.max(...xs) - west, Math.max(...ys) - south];
}
