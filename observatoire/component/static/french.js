// The few words of Streamlit's own that no option changes (names read aloud, dialogs of a lost
// connection or of an unknown page), replaced by French ones as they appear.

const NAMES = ["aria-label", "title", "placeholder"];

export default function ({ data }) {
  const words = new Map(Object.entries(data.words));
  const begins = Object.entries(data.begins);
  const ends = Object.entries(data.ends);
  if (window.__french) {
    Object.assign(window.__french, { words, begins, ends });
    return;
  }
  const state = (window.__french = { words, begins, ends });
  const observer = new MutationObserver((changes) => changes.forEach((change) => follow(state, change)));
  const watched = { subtree: true, childList: true, characterData: true };
  observer.observe(document.body, { ...watched, attributes: true, attributeFilter: NAMES });
  walk(state, document.body);
}

function follow(state, change) {
  if (change.type === "childList") change.addedNodes.forEach((node) => walk(state, node));
  else if (change.type === "attributes") names(state, change.target);
  else text(state, change.target);
}

function walk(state, root) {
  if (root.nodeType === Node.TEXT_NODE) return text(state, root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  element(state, root);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) text(state, node);
    else element(state, node);
  }
}

function element(state, node) {
  names(state, node);
  // A command is coloured word by word: the whole of it is looked up.
  if (node.tagName === "CODE" && state.words.has(node.textContent.trim())) {
    node.textContent = state.words.get(node.textContent.trim());
  }
}

function names(state, node) {
  for (const name of NAMES) {
    const own = node.getAttribute(name)?.trim();
    const french = state.words.get(own);
    if (french) node.setAttribute(name, french);
    const begun = own && state.begins.find(([english]) => own.startsWith(english));
    if (begun) node.setAttribute(name, begun[1] + own.slice(begun[0].length));
  }
}

function text(state, node) {
  const said = node.nodeValue.trim();
  const french = state.words.get(said);
  if (french) node.nodeValue = french;
  // What a list of choices says aloud stands in a place of its own, for who does not see it.
  const ended = said && state.ends.find(([english]) => said.endsWith(english));
  if (ended && node.parentElement?.closest("[data-live-announcer]")) {
    node.nodeValue = said.slice(0, -ended[0].length) + ended[1];
  }
}
