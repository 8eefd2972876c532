// Where each pane was looking, so that a map hidden or left for another page comes back as it was.
// Kept by the browser for this tab: it costs the server nothing and tells it nothing.
const views = new Map();

export function remember(view, pane, seen) {
  const name = `observatoire.map.${view}.${pane}`;
  views.set(name, seen);
  try {
    sessionStorage.setItem(name, JSON.stringify(seen));
  } catch {
    // A browser may forbid storage: the view then lasts as long as the page.
  }
}

export function recall(view, pane) {
  const name = `observatoire.map.${view}.${pane}`;
  if (views.has(name)) return views.get(name);
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}
