// The map's figures as a table: real headers and cells, columns that sort, rows that pick.
// An absence has no rank: it stays at the end whichever way a column is sorted.

const collator = new Intl.Collator("fr", { numeric: true, sensitivity: "base" });

export default function ({ data, parentElement, setTriggerValue }) {
  const state = (parentElement.__table ??= { sort: data.sort });
  state.data = data;
  state.pick = (code) => setTriggerValue("pick", code);
  if (!data.columns.some((column) => column.id === state.sort.column)) state.sort = data.sort;
  draw(parentElement, state);
  return () => delete parentElement.__table;
}

function draw(host, state) {
  const { data } = state;
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const scrolled = host.querySelector(".values-frame")?.scrollTop ?? 0;
  const frame = element("div", { className: "values-frame" });
  const table = element("table", { className: "values-table" });
  const caption = element("caption", { textContent: data.caption, className: "seen-by-readers" });
  table.append(caption, head(host, state), body(state));
  frame.append(table);
  host.querySelector(".values-frame")?.remove();
  host.append(frame);
  frame.scrollTop = scrolled;
  if (focused) host.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

function head(host, state) {
  const row = element("tr");
  state.data.columns.forEach((column) => {
    const sorted = column.id === state.sort.column;
    const cell = element("th", { scope: "col", className: column.numeric ? "number" : "" });
    cell.dataset.column = column.id;
    cell.setAttribute("aria-sort", sorted ? (state.sort.down ? "descending" : "ascending") : "none");
    const button = element("button", { type: "button", textContent: column.label });
    button.dataset.focus = `column ${column.id}`;
    button.title = state.data.words.sort;
    const mark = sorted ? (state.sort.down ? "▼" : "▲") : "";
    button.append(element("span", { className: "sort-mark", textContent: mark, ariaHidden: "true" }));
    button.addEventListener("click", () => {
      state.sort = { column: column.id, down: sorted ? !state.sort.down : column.numeric };
      draw(host, state);
    });
    cell.append(button);
    row.append(cell);
  });
  const part = element("thead");
  part.append(row);
  return part;
}

function body(state) {
  const { columns, rows, selected } = state.data;
  const place = columns.findIndex((column) => column.id === state.sort.column);
  const sorted = [...rows].sort((a, b) => compare(a.cells[place].key, b.cells[place].key, state.sort.down));
  const part = element("tbody");
  for (const row of sorted) {
    const line = element("tr", { className: row.code === selected ? "picked" : "" });
    line.dataset.code = row.code;
    row.cells.forEach((cell, index) => line.append(index ? plain(cell, columns[index]) : title(row, cell, state)));
    line.addEventListener("click", () => state.pick(row.code));
    part.append(line);
  }
  return part;
}

function title(row, cell, state) {
  const head = element("th", { scope: "row" });
  const button = element("button", { type: "button", textContent: cell.text, title: state.data.words.pick });
  button.dataset.focus = `row ${row.code}`;
  if (row.code === state.data.selected) button.setAttribute("aria-pressed", "true");
  head.append(button);
  if (cell.more) head.append(element("small", { textContent: cell.more }));
  return head;
}

function plain(cell, column) {
  const td = element("td", { className: column.numeric ? "number" : "" });
  td.dataset.column = column.id;
  if (cell.colour) {
    const swatch = element("span", { className: `swatch ${cell.look ?? ""}`, ariaHidden: "true" });
    swatch.style.backgroundColor = cell.colour;
    td.append(swatch);
  }
  td.append(cell.text);
  if (cell.more) td.append(element("small", { textContent: cell.more }));
  return td;
}

function compare(a, b, down) {
  if (a === null || b === null) return (a === null) - (b === null);
  const order = typeof a === "number" ? a - b : collator.compare(a, b);
  return down ? -order : order;
}

function element(tag, fields = {}) {
  return Object.assign(document.createElement(tag), fields);
}
