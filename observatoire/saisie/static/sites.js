// The sites of the account, each with its own neighbourhoods, grid and terms. What rules an entry is
// the site of its neighbourhood.
import { app } from "./app.js";

export const offered = () =>
  (app.frame?.sites ?? []).filter((site) => site.agreement !== null && site.qpv.length > 0);
export const closed = () => app.frame.sites.filter((site) => !offered().includes(site));
export const mayEnter = () => offered().length > 0;

export const siteOf = (qpv) =>
  app.frame.sites.find((site) => site.qpv.some((one) => one.code === qpv)) ?? null;
export const isOffered = (qpv) => offered().includes(siteOf(qpv));

// What rules an outing: its site, or the only one there is; null while none is chosen.
export function rulesOf(qpv) {
  if (isOffered(qpv)) return siteOf(qpv);
  return offered().length === 1 ? offered()[0] : null;
}

// The first day that may be written: the earliest of all while no site is chosen.
export function firstDay(qpv) {
  const sites = rulesOf(qpv) ? [rulesOf(qpv)] : offered();
  return sites.map((site) => site.first).sort()[0];
}

export const hasGrid = (qpv) =>
  (rulesOf(qpv) ? [rulesOf(qpv)] : offered()).some((site) => site.grid !== null);
export const hasItems = (qpv) =>
  (rulesOf(qpv) ? [rulesOf(qpv)] : offered()).some((site) => site.items.length > 0);

// A frame that a phone kept when an account had one site there.
export function upgraded(frame) {
  if (frame.sites) return frame;
  const { team, today, screening, site, ...terms } = frame;
  return { team, today, screening, sites: [{ ...site, ...terms }] };
}
