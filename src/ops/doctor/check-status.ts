/**
 * A question for an order that does not exist: the right answer is "not found". Any other tells token, environment
 * and permission apart (PP-03).
 */
import { fail, type Finding, ok, warn } from "./finding.ts";
import { type Meaning, meaningOf } from "./phonepe-answer.ts";
import { sayNothing } from "./say-nothing.ts";
import { type Place, rightUrl } from "./phonepe-place.ts";
import { type Answer, SILENCES } from "./probe.ts";

export interface StatusCase {
  readonly place: Place;
  /** What the same question brought with a fresh token, after a 401 to the first (UAT-07). */
  readonly withFreshToken?: Answer;
}

const CHECK = "order status";

export function judgeStatus(answer: Answer, seen: StatusCase): Finding {
  if (answer.type === "no_answer") {
    const [says, mend] = SILENCES[answer.reason];
    return fail(CHECK, `${seen.place.origin}: ${says}.`, `${mend}.`);
  }
  return FINDINGS[meaningOf(answer)](seen, answer.status);
}

const FINDINGS: Record<Meaning, (seen: StatusCase, status: number) => Finding> = {
  ...sayNothing(CHECK),
  not_found: () =>
    ok(CHECK, "the payment API takes the token and knows no such order, as it should."),
  success: () =>
    warn(
      CHECK,
      "the doctor's own order exists at PhonePe.",
      "check that the URL is PhonePe's: it should know no such order.",
    ),
  unauthorized: refusedToken,
  invalid_client: refusedToken,
  forbidden: () =>
    fail(
      CHECK,
      "token and URL are right, but the merchant may not use this product (permission).",
      "have Standard Checkout enabled for the merchant, by a ticket from PhonePe's dashboard.",
    ),
  wrong_url: wrongUrl,
  redirect: wrongUrl,
  version_mix: ({ place }) =>
    fail(
      CHECK,
      "the URL is of PhonePe's version 1 (KEY_NOT_CONFIGURED).",
      `set PHONEPE_PG_URL to ${rightUrl("PHONEPE_PG_URL", place)}.`,
    ),
  bad_request: (_, status) =>
    fail(
      CHECK,
      `${status}, an answer that fits none of PhonePe's documented ones.`,
      "check that PHONEPE_PG_URL is the base of the version 2 API.",
    ),
};

function refusedToken({ place, withFreshToken }: StatusCase): Finding {
  if (withFreshToken?.type === "answer" && meaningOf(withFreshToken) === "not_found") {
    return warn(
      CHECK,
      "the first token was refused, a fresh one was taken: tokens are being revoked.",
      "look for another system that uses the same client, and run this again.",
    );
  }
  return fail(
    CHECK,
    `OAuth gave a token, the payment API at ${place.origin} refuses it (401): it belongs to the other environment, or was revoked.`,
    `take PHONEPE_PG_URL, PHONEPE_OAUTH_URL and the credentials from one environment; ${rightUrl("PHONEPE_PG_URL", place)} is this host's.`,
  );
}

function wrongUrl({ place }: StatusCase): Finding {
  return fail(
    CHECK,
    `there is no payment API at ${place.path || "/"} of ${place.origin} (Api Mapping Not Found).`,
    `set PHONEPE_PG_URL to ${rightPgUrl(place)}.`,
  );
}

/** On this machine a production-like path shows what is being rehearsed. */
function rightPgUrl(place: Place): string {
  const rehearsal = place.kind === "local" && place.path === "/apis/identity-manager";
  return rehearsal ? `${place.origin}/apis/pg` : rightUrl("PHONEPE_PG_URL", place);
}
