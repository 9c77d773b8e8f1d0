/** Times as people read them: local, short, and always with the full instant within reach. */

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });
const DATE = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });

/** A time of today as a clock, any other with its day. */
export function moment(instant: string | null | undefined, now: Date = new Date()): string {
  if (!instant) return "–";
  const at = new Date(instant);
  return at.toDateString() === now.toDateString()
    ? CLOCK.format(at)
    : `${DAY.format(at)} ${CLOCK.format(at)}`;
}

/** A time of day. */
export function clock(instant: string): string {
  return CLOCK.format(new Date(instant));
}

/** A day. */
export function day(instant: string | null | undefined): string {
  return instant ? DATE.format(new Date(instant)) : "–";
}

/** How long ago something was, roughly. */
export function ago(instant: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

/** A length of time in its largest unit. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
