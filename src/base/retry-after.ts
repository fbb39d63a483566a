import { SECOND_MS } from "./clock.ts";

/** The forms of RFC 9110 5.6.7. The date parser makes a date of almost any text with a number in it. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w:\- ]+$/;

/** `Retry-After` in ms from now: seconds or an HTTP date (RFC 9110 10.2.3); anything else counts as not sent. */
export function retryAfterMsOf(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * SECOND_MS;
  if (!HTTP_DATE.test(header)) return null;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}
