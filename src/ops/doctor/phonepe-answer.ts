import { type Answer, errorCodeOf } from "./probe.ts";

/** What an answer of PhonePe's means for the configuration (contract.md 2.5, 4.4, 7.2; PP-01, PP-03). */
export type Meaning =
  | "success"
  | "redirect"
  | "version_mix"
  | "wrong_url"
  | "not_found"
  | "invalid_client"
  | "blocked"
  | "unauthorized"
  | "forbidden"
  | "firewall"
  | "busy"
  | "outage"
  | "bad_request";

const NOT_FOUND_CODES = new Set([
  "INVALID_MERCHANT_ORDER_ID",
  "MERCHANT_ORDER_MAPPING_NOT_FOUND",
  "MAPPING_NOT_FOUND",
  "ORDER_NOT_FOUND",
]);
const UNAUTHORIZED_CODES = new Set([
  "AUTHORIZATION_FAILED",
  "PR004",
  "ERROR_B2B_API_RETURNED_ERROR",
]);

interface Seen {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** The first row that fits counts: a code says more than a status. */
const ROWS: readonly (readonly [Meaning, (seen: Seen) => boolean])[] = [
  ["redirect", ({ status }) => status >= 300 && status < 400],
  ["success", ({ status }) => status >= 200 && status < 300],
  ["version_mix", ({ code }) => code === "KEY_NOT_CONFIGURED"],
  ["wrong_url", ({ code, text }) => code === "404" || /api mapping not found/i.test(text)],
  ["not_found", ({ code }) => NOT_FOUND_CODES.has(code)],
  // A 404 without a code is a page of some other server, not PhonePe's word on an order.
  ["wrong_url", ({ status, code }) => status === 404 && code === ""],
  ["not_found", ({ status }) => status === 404],
  ["invalid_client", ({ code }) => code === "INVALID_CLIENT" || code === "OIM000"],
  ["blocked", ({ code }) => code.startsWith("INTERNAL_SECURITY_BLOCK")],
  ["unauthorized", ({ status, code }) => status === 401 || UNAUTHORIZED_CODES.has(code)],
  ["firewall", ({ status, code }) => status === 403 && code === ""],
  ["forbidden", ({ status }) => status === 403],
  ["busy", ({ status }) => status === 429],
  ["outage", ({ status }) => status >= 500],
];

export function meaningOf({ status, text }: Extract<Answer, { type: "answer" }>): Meaning {
  const seen = { status, text, code: errorCodeOf(text) };
  return ROWS.find(([, fits]) => fits(seen))?.[0] ?? "bad_request";
}
