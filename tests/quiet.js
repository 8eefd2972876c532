// Put in every page of the tests before its own scripts: tells whether a page still moves.
//
// A page of Streamlit asks for a run by its socket, and hears there that one begins or is over: what
// its drawing says comes later (`data-test-script-state` is « notRunning » from a click to the
// server's answer). A map says in its own element what it draws.
(() => {
  const RERUN = (11 << 3) | 2; // first byte of a BackMsg that asks for a run
  const NEW_SESSION = 4; // fields of a ForwardMsg
  const SCRIPT_FINISHED = 6;
  const FINISHED_EARLY_FOR_RERUN = 2;
  const runs = { asked: 0, begun: 0, over: false, bytes: 0 };

  // The fields of a message of Protocol Buffers, at its top level: [field, number or length].
  function* fields(bytes) {
    let at = 0;
    const number = () => {
      let value = 0;
      for (let unit = 1; ; unit *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * unit;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const tag = number();
      const kind = tag % 8;
      const value = kind === 0 || kind === 2 ? number() : 0;
      at += { 0: 0, 1: 8, 2: value, 5: 4 }[kind];
      yield [Math.floor(tag / 8), value];
    }
  }

  function hear(message) {
    runs.bytes += message.byteLength;
    for (const [field, value] of fields(new Uint8Array(message))) {
      if (field === NEW_SESSION) Object.assign(runs, { begun: runs.asked, over: false });
      if (field === SCRIPT_FINISHED) runs.over = value !== FINISHED_EARLY_FOR_RERUN;
    }
  }

  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => hear(data));
    }

    send(data) {
      if (new Uint8Array(data)[0] === RERUN) runs.asked += 1;
      super.send(data);
    }
  };

  const isDrawn = () => {
    const app = document.querySelector("[data-testid=stApp]");
    const state = app?.dataset.testScriptState;
    return (
      state === "notRunning" &&
      runs.over &&
      runs.begun === runs.asked &&
      !document.querySelector("[data-testid=stSkeleton], [data-stale=true]")
    );
  };

  // Its script comes by the network after the run; that of the French words draws nothing.
  const isMounted = (component) =>
    component.closest(".st-key-francais")
      ? window.__french
      : (component.shadowRoot ?? component).querySelector(":not(link, style, div:empty)");

  const components = () => [...document.querySelectorAll("[data-testid^=stBidiComponent]")];

  const maps = () =>
    [document, ...[...document.querySelectorAll("*")].map((one) => one.shadowRoot)]
      .filter(Boolean)
      .flatMap((root) => [...root.querySelectorAll(".lm")]);

  const isStill = (map) =>
    map.parentNode.__livingMap?.want.revision === map.dataset.revision &&
    !map.querySelector(".leaflet-zoom-anim, .leaflet-pan-anim");

  const isQuiet = () =>
    (!document.getElementById("root") || isDrawn()) &&
    document.fonts.status === "loaded" &&
    components().every(isMounted) &&
    maps().every(isStill);

  // What was heard is drawn, and what was pressed has begun, once the page had nothing left to do:
  // each question (`asking` is its number) waits for that anew.
  const drawing = () => new Promise((done) => requestAnimationFrame(done));
  const idleness = () => new Promise((done) => requestIdleCallback(done));
  let wait = {};

  window.__runs = runs;
  window.__isQuiet = (asking) => {
    if (wait.asking !== asking) wait = { asking };
    if (!isQuiet()) return false;
    const mine = wait;
    mine.end ??= drawing()
      .then(drawing)
      .then(idleness)
      .then(() => (mine.over = true));
    return Boolean(mine.over);
  };
})();
