/** Does PhonePe give a token, and if not, what of the configuration is wrong (PP-01, PP-02, CF-23)? */
import type { PhonePeCredentials } from "#vault";
import { judgeClientId, judgeClientVersion, judgeSecretShape } from "./check-merchant.ts";
import { fail, type Finding, ok } from "./finding.ts";
import { type Meaning, meaningOf } from "./phonepe-answer.ts";
import { sayNothing } from "./say-nothing.ts";
import { type Place, rightUrl } from "./phonepe-place.ts";
import { type Answer, SILENCES } from "./probe.ts";

export interface OAuthCase {
  readonly credentials: PhonePeCredentials;
  readonly place: Place;
}

/** Judges the answer of `POST {OAuth base}/v1/oauth/token` (contract.md 2). */
export function judgeOAuth(answer: Answer, seen: OAuthCase): Finding {
  if (answer.type === "no_answer") {
    const [says, mend] = SILENCES[answer.reason];
    return fail(CHECK, `${seen.place.origin}: ${says}.`, `${mend}.`);
  }
  return FINDINGS[meaningOf(answer)](seen, answer.status);
}

const CHECK = "OAuth";

const FINDINGS: Record<Meaning, (seen: OAuthCase, status: number) => Finding> = {
  ...sayNothing(CHECK),
  success: () => ok(CHECK, "PhonePe takes the credentials."),
  invalid_client: refusedClient,
  // CF-23: some say 400, some 401; both mean the credentials.
  unauthorized: refusedClient,
  forbidden: refusedClient,
  wrong_url: ({ place }) =>
    fail(
      CHECK,
      `there is no OAuth at ${place.path || "/"} of ${place.origin} (Api Mapping Not Found).`,
      `set PHONEPE_OAUTH_URL to ${rightOAuthUrl(place)}.`,
    ),
  not_found: ({ place }) =>
    fail(
      CHECK,
      "something other than OAuth answered.",
      `set PHONEPE_OAUTH_URL to ${rightOAuthUrl(place)}.`,
    ),
  redirect: ({ place }) =>
    fail(
      CHECK,
      "the URL leads elsewhere, and redirects are not followed.",
      `set PHONEPE_OAUTH_URL to ${rightOAuthUrl(place)}.`,
    ),
  version_mix: () =>
    fail(
      CHECK,
      "PhonePe does not know the key here (KEY_NOT_CONFIGURED): version 1 and version 2 are mixed.",
      "use a version 2 client with PhonePe's version 2 URLs; salt keys are version 1.",
    ),
  bad_request: (_, status) =>
    fail(
      CHECK,
      `${status}, PhonePe does not understand the question.`,
      "look whether clientId, clientSecret and clientVersion are all filled in.",
    ),
};

/** Says the likeliest cause first: what already looked wrong in the configuration. */
function refusedClient({ credentials, place }: OAuthCase): Finding {
  const suspect = [
    judgeSecretShape(credentials),
    judgeClientVersion(credentials, place.kind),
    judgeClientId(credentials, place.kind),
  ].find(({ level }) => level !== "ok");
  const says =
    "PhonePe refuses the client: id, secret or version is wrong, or of the other environment.";
  if (suspect) {
    return fail(CHECK, `${says} Likely ${suspect.check}: ${suspect.says}`, suspect.mend ?? "");
  }
  const salt = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(credentials.clientSecret)
    ? " The secret has the form of a version 1 salt key: those do not work here."
    : "";
  return fail(
    CHECK,
    `${says}${salt}`,
    "copy clientId, clientSecret and clientVersion together from PhonePe's dashboard, Developer Settings, with Test Mode as the environment wants it.",
  );
}

/** On this machine a production-like path shows what is being rehearsed. */
function rightOAuthUrl(place: Place): string {
  const rehearsal = place.kind === "local" && place.path === "/apis/pg";
  return rehearsal ? `${place.origin}/apis/identity-manager` : rightUrl("PHONEPE_OAUTH_URL", place);
}
