// French words and limits, given by the server in the page itself.
const GIVEN = JSON.parse(document.getElementById("given").textContent);

export const limits = GIVEN.limits;
export const hasScreening = GIVEN.screening;

export function words(name, fields = {}) {
  const text = GIVEN.words[name];
  if (text === undefined) throw new Error(`no words ${name}`);
  return text.replace(/\{(\w+)\}/g, (_, field) => String(fields[field]));
}

// In French, zero and one are singular.
export function count(name, n, fields = {}) {
  return words(`${name}.${n < 2 ? "one" : "other"}`, { n, ...fields });
}

// The places of a fault, « seen.2.cell », in French words.
export function placeWords(place) {
  const parts = place.split(".");
  const last = parts.at(-1);
  const said = GIVEN.words[`place.${last}`] ?? words("place.other");
  return parts.length === 3 ? `${words("own.observation", { rank: parts[1] })}, ${said}` : said;
}
