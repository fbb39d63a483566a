import * as z from "zod";
import { MINUTE_MS, once, SECOND_MS } from "#base";
import { tokenAnswerSchema } from "./schemas.ts";

export const phonePeTokenSchema = once(() =>
  z.object({
    accessToken: z.string().min(1),
    tokenType: z.string().min(1),
    /** From then on a new one is fetched; until `expiresAtMs` this one still works. */
    refreshAtMs: z.int(),
    expiresAtMs: z.int(),
    /** The environment and client that it was fetched for. */
    scope: z.string().optional(),
  }),
);
export type PhonePeToken = Readonly<z.infer<ReturnType<typeof phonePeTokenSchema>>>;

const REFRESH_BEFORE_MS = 5 * MINUTE_MS;

/**
 * Reads PhonePe's token answer (contract.md 2.2). A new one is due at half its life or five minutes before its
 * end, whichever is earlier (UAT-03, CF-20); `issued_at` absent counts as now.
 */
export function readToken(answer: unknown, nowMs: number): PhonePeToken | undefined {
  const parsed = tokenAnswerSchema().safeParse(answer);
  if (!parsed.success) return undefined;
  const expiresAtMs = parsed.data.expires_at * SECOND_MS;
  const issuedAtMs = parsed.data.issued_at ? parsed.data.issued_at * SECOND_MS : nowMs;
  if (expiresAtMs <= nowMs) return undefined;
  const halfLifeMs = issuedAtMs + Math.floor((expiresAtMs - issuedAtMs) / 2);
  const earlyMs = expiresAtMs - REFRESH_BEFORE_MS;
  // A life of under ten minutes has no "five minutes before" that lies past its half.
  const dueAtMs = earlyMs > nowMs ? Math.min(halfLifeMs, earlyMs) : halfLifeMs;
  // PhonePe may give a token again that is past its half: then half of what is left, or every call and every
  // alarm would fetch at once (UAT-04).
  const refreshAtMs = dueAtMs > nowMs ? dueAtMs : nowMs + Math.floor((expiresAtMs - nowMs) / 2);
  return {
    accessToken: parsed.data.access_token,
    tokenType: parsed.data.token_type,
    refreshAtMs,
    expiresAtMs,
  };
}

/** So many objects' alarms must not meet PhonePe at one moment. */
const JITTER_SHARE = 0.1;
const JITTER_MS_MAX = MINUTE_MS;

/** When the alarm fetches the next token: a little before it is due, spread by `random` (0 to 1). */
export function refreshAlarmAtMs(token: PhonePeToken, nowMs: number, random: number): number {
  const aheadMs = Math.max(0, token.refreshAtMs - nowMs);
  const spreadMs = Math.min(JITTER_MS_MAX, aheadMs * JITTER_SHARE);
  return Math.round(token.refreshAtMs - spreadMs * random);
}
