/** The shape of PhonePe's token answer (contract.md 2.2). */
import * as z from "zod";
import { DAY_MS, MINUTE_MS, once, SECOND_MS } from "#base";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { jsonOf } from "./probe.ts";

const tokenSchema = once(() =>
  z.object({
    access_token: z.string().min(1),
    token_type: z.string().optional().catch(undefined),
    issued_at: z.number().optional().catch(undefined),
    expires_at: z.number(),
  }),
);

const CHECK = "token";
/** The gateway fetches a new one five minutes before the end (UAT-03): with less than twice that it never rests. */
const LIFE_MS_MIN = 10 * MINUTE_MS;
/** The samples live 7.2 days; a life of more than ten times that is a slip of units. */
const LIFE_MS_MAX = 72 * DAY_MS;

export interface TokenVerdict {
  readonly finding: Finding;
  /** The header that the payment API wants; absent when the answer holds no token that still lives. */
  readonly authorization?: string;
}

export function judgeToken(text: string, nowMs: number): TokenVerdict {
  const parsed = tokenSchema().safeParse(jsonOf(text));
  if (!parsed.success) {
    return {
      finding: fail(
        CHECK,
        "the answer is not a token with access_token and expires_at: something other than OAuth answered.",
        "check PHONEPE_OAUTH_URL, and any proxy in between.",
      ),
    };
  }
  const { access_token, token_type = "O-Bearer", issued_at, expires_at } = parsed.data;
  const lifeMs = expires_at * SECOND_MS - nowMs;
  if (lifeMs <= 0) return { finding: deadToken(issued_at, expires_at) };
  const finding = judgeLife(lifeMs, token_type);
  return { finding, authorization: `${token_type} ${access_token}` };
}

function deadToken(issuedAtSec: number | undefined, expiresAtSec: number): Finding {
  const ownLife = issuedAtSec === undefined ? 0 : expiresAtSec - issuedAtSec;
  return fail(
    CHECK,
    "it has run out already, by this machine's clock.",
    ownLife > 0 ? "set this machine's clock." : "ask PhonePe: expires_at lies in the past.",
  );
}

function judgeLife(lifeMs: number, tokenType: string): Finding {
  if (lifeMs > LIFE_MS_MAX) {
    return fail(
      CHECK,
      "expires_at is not in seconds, or lies months ahead: the gateway would keep it too long.",
      "check PHONEPE_OAUTH_URL, and any proxy in between.",
    );
  }
  const minutes = Math.floor(lifeMs / MINUTE_MS);
  if (lifeMs < LIFE_MS_MIN) {
    return warn(
      CHECK,
      `it lives ${minutes} minutes only: many fetches.`,
      "ask PhonePe for the usual lifetime.",
    );
  }
  if (tokenType !== "O-Bearer") {
    return warn(CHECK, "its type is not O-Bearer.", "check PHONEPE_OAUTH_URL.");
  }
  return ok(CHECK, `lives ${minutes} minutes.`);
}
