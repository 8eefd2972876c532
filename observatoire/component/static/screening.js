// Finds, while one types, what may point at a person in a short French text. The rules are given
// (`observatoire.screening.rules()`, as JSON): the Python of that package reads the same ones and
// finds the same things. Works without network; remembers nothing of the text.

const TOKEN = /[A-Za-z]+(?:-[A-Za-z]+)*|[0-9]+|[^A-Za-z0-9 ]/gu;
// Kinds that win over what overlaps them: a number may also begin an address.
const SURE = ["phone", "email", "plate"];
const ENDS = ".!?:\n";
const OTHER = "\ufffd";
const engines = new WeakMap();

// Findings in reading order: { kind, start, end, advice }, in code points; they never overlap.
export function find(text, rules) {
  if (!engines.has(rules)) engines.set(rules, compiled(rules));
  const engine = engines.get(rules);
  const folded = fold(text, engine.letters);
  const found = [...byPatterns(engine, folded), ...bySequences(engine, folded)];
  return longest(notSpared(engine, folded, found)).map(({ kind, span }) => {
    const [start, end] = origin(folded, span);
    return { kind, start, end, advice: engine.advice[kind] };
  });
}

// The piece of a text that a finding is about.
export function piece(text, { start, end }) {
  return [...text].slice(start, end).join("");
}

function compiled({ letters, classes, spare, pattern, sequence, advice }) {
  const known = new Map();
  for (const { letter, words } of classes) {
    for (const one of words.split(" ")) if (!known.has(one)) known.set(one, letter);
  }
  const ready = (list) =>
    list.map(({ kind, kinds, on, digits, needs, expression }) => ({
      kinds: kinds || [kind],
      on,
      digits: digits || 0,
      needs: needs || [],
      expression: new RegExp(expression, "gu"),
    }));
  return {
    letters: new Map(Object.entries(letters)),
    classes: known,
    spare: ready(spare),
    pattern: ready(pattern),
    sequence: ready(sequence),
    advice,
  };
}

// Letter by letter: without accents, several spaces as one, and where each sign comes from.
function fold(text, letters) {
  const signs = [];
  const origins = [];
  const points = [...text];
  points.forEach((sign, place) => {
    for (const part of parts(sign, letters)) {
      if (part === " " && signs.at(-1) === " ") continue;
      signs.push(part);
      origins.push(place);
    }
  });
  origins.push(points.length);
  const plain = signs.join("");
  const low = plain.replace(/[A-Z]/gu, (one) => one.toLowerCase());
  return { plain, low, digits: plain.match(/[0-9]/gu)?.length ?? 0, origins };
}

function parts(sign, letters) {
  if (letters.has(sign)) return letters.get(sign);
  if (sign < "\x80") return sign;
  const replaced = [...sign.normalize("NFKD")].map((part) => letters.get(part) ?? part).join("");
  return [...replaced].map(kept).join("");
}

// What lies beyond the first plane of Unicode, or alone, is one same sign.
function kept(part) {
  if (part >= "\u0300" && part <= "\u036f") return "";
  return part.length > 1 || (part >= "\ud800" && part <= "\udfff") ? OTHER : part;
}

function origin({ origins }, [start, end]) {
  return [origins[start], Math.max(origins[end - 1] + 1, origins[end])];
}

// The matches of a rule in a text, or none where there can be none.
function spans({ on, digits, needs, expression }, folded) {
  if (folded.digits < digits) return [];
  if (needs.length && !needs.some((need) => folded.low.includes(need))) return [];
  return matches(expression, folded[on]);
}

// The first group is what comes before.
function matches(expression, text) {
  return [...text.matchAll(expression)]
    .map((found) => [found.index + found[1].length, found.index + found[0].length])
    .filter(([start, end]) => start < end);
}

function byPatterns({ pattern }, folded) {
  return pattern.flatMap((rule) => spans(rule, folded).map((span) => ({ kind: rule.kinds[0], span })));
}

function bySequences({ classes, spare, sequence }, folded) {
  const words = word(folded, classes, spansOf("name", spare, folded));
  return sequence.flatMap(({ kinds: [kind], expression }) =>
    matches(expression, words.signs).map(([first, last]) => ({
      kind,
      span: [words.spans[first / 2][0], words.spans[last / 2 - 1][1]],
    }))
  );
}

function spansOf(kind, spare, folded) {
  return spare.filter(({ kinds }) => kinds.includes(kind)).flatMap((rule) => spans(rule, folded));
}

// Leaves out what is spared; a name is judged word by word, so that it is already.
function notSpared({ spare }, folded, found) {
  const spared = new Map([["name", []]]);
  return found.filter(({ kind, span }) => {
    if (!spared.has(kind)) spared.set(kind, spansOf(kind, spare, folded));
    return !spared.get(kind).some((other) => touch(other, span));
  });
}

// Each word told by two signs: a class (capital letter) and a shape.
function word({ plain, low }, classes, spared) {
  const shouted = isShouted(plain);
  const made = { signs: "", spans: [] };
  let first = true;
  for (const { 0: token, index: start } of plain.matchAll(TOKEN)) {
    const end = start + token.length;
    if (token === "'") continue;
    if (!/^[A-Za-z]/u.test(token)) {
      made.signs += signOf(token);
      first = ENDS.includes(token) || (first && !/^[0-9]/u.test(token));
    } else {
      const elided = plain[end] === "'" && token.length <= 2;
      let known = classOf(low.slice(start, end), classes);
      if (/^[A-Z]$/u.test(token) && !shouted && known !== "B") known = "I";
      if (spared.some((span) => touch(span, [start, end]))) known = "L";
      made.signs += (elided ? "E" : known) + shape(token, first, shouted);
      first = false;
    }
    made.spans.push([start, end]);
  }
  return made;
}

function signOf(token) {
  if (/^[0-9]/u.test(token)) return "X_";
  if (token === ".") return "Q_";
  return ENDS.includes(token) ? "S_" : "Z_";
}

function classOf(low, classes) {
  if (classes.has(low)) return classes.get(low);
  if (low.length === 1) return "I";
  const among = low.split("-").map((part) => classes.get(part) ?? "O");
  if (among.length > 1 && among.includes("N")) return "N";
  return among.length > 1 && among.every((letter) => letter === "D") ? "D" : "O";
}

function shape(token, first, shouted) {
  if (shouted || !/^[A-Z]/u.test(token)) return "_";
  if (token.length > 1 && !/[a-z]/u.test(token)) return "#";
  return first ? "=" : "^";
}

// Mostly in capitals, which then say nothing.
function isShouted(plain) {
  const capitals = plain.match(/[A-Z]/gu)?.length ?? 0;
  const smalls = plain.match(/[a-z]/gu)?.length ?? 0;
  return capitals > 8 && capitals > 2 * smalls;
}

function touch([start, end], [low, high]) {
  return start < high && low < end;
}

// Of overlapping findings the sure ones, the longest, then the one whose rule stands first.
function longest(found) {
  const sure = ({ kind }) => SURE.includes(kind);
  const kept = [];
  const length = ({ span: [start, end] }) => end - start;
  for (const one of [...found].sort((a, b) => sure(b) - sure(a) || length(b) - length(a))) {
    if (!kept.some(({ span }) => touch(span, one.span))) kept.push(one);
  }
  return kept.sort((a, b) => a.span[0] - b.span[0]);
}
