// Days and moments. Only the day and the part of it are ever kept: the hour serves to guess.
import { words } from "./words.js";

const iso = (date) =>
  [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, "0"))
    .join("-");

// A clock that is behind the day the server gave is a wrong clock.
export function today(frame) {
  const here = iso(new Date());
  return here < frame.today ? frame.today : here;
}

export function dayBefore(day) {
  const date = new Date(`${day}T12:00:00`);
  date.setDate(date.getDate() - 1);
  return iso(date);
}

export function guessSlot(now = new Date()) {
  if ([0, 6].includes(now.getDay())) return "we";
  const hour = now.getHours();
  if (hour < 6 || hour >= 22) return "nuit";
  if (hour < 12) return "matin";
  return hour < 18 ? "apm" : "soir";
}

const LONG = new Intl.DateTimeFormat("fr-FR", { weekday: "long", day: "numeric", month: "long" });

export function dayWords(day) {
  return LONG.format(new Date(`${day}T12:00:00`)).replace(/ 1 /, " 1er ");
}

export function durationWords(minutes) {
  if (minutes === null) return words("outing.unsaid");
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, "0")}`;
}

export function peopleWords(n) {
  return n === null ? words("outing.unsaid") : String(n);
}
