/** A harmless webhook with a merchant's right credentials, in each mode it has (contract.md 6.2, PP-05). */
import * as z from "zod";
import { once } from "#base";
import { isAddressRefusal } from "./check-gateway.ts";
import { fail, type Finding, note, ok, warn } from "./finding.ts";
import { type Answer, jsonOf, SILENCES } from "./probe.ts";

export interface WebhookAnswers {
  /** With `Authorization: sha256(username:password)`. */
  readonly sha: Answer;
  /** With an HMAC of the body; absent when the merchant has no `webhookHmacSecret`. */
  readonly hmac?: Answer;
}

type Verdict = "taken" | "refused" | "address" | "matched" | "no_answer" | "other";

const takenSchema = once(() => z.object({ accepted: z.literal(true), matched: z.literal(false) }));

export function judgeWebhook(answers: WebhookAnswers): Finding[] {
  const sha = verdictOf(answers.sha);
  if (!answers.hmac) return [finding("webhook SHA", answers.sha, SHA[sha]), SHA_ONLY];
  const hmac = verdictOf(answers.hmac);
  const mixedUp = sha !== hmac && (sha === "taken" || hmac === "taken");
  return [
    finding("webhook SHA", answers.sha, mixedUp && sha === "refused" ? SHA_MIXED : SHA[sha]),
    finding("webhook HMAC", answers.hmac, mixedUp && hmac === "refused" ? HMAC_MIXED : HMAC[hmac]),
  ];
}

function verdictOf(answer: Answer): Verdict {
  if (answer.type === "no_answer") return "no_answer";
  if (isAddressRefusal(answer)) return "address";
  if (answer.status === 401) return "refused";
  if (answer.status !== 200) return "other";
  return takenSchema().safeParse(jsonOf(answer.text)).success ? "taken" : "matched";
}

type Make = (check: string, answer: Answer) => Finding;

function finding(check: string, answer: Answer, make: Make): Finding {
  return make(check, answer);
}

const COMMON = {
  taken: (check) => ok(check, "taken, and kept as an event about no order of ours."),
  address: (check) =>
    note(check, "the gateway lets only PhonePe's addresses in, so this cannot be tried from here."),
  matched: (check) =>
    warn(
      check,
      "taken, but not as an event about no order of ours.",
      "check that --url is this gateway; the order foolproof-doctor should not exist.",
    ),
  no_answer: (check, answer) => {
    const [says, mend] = SILENCES[answer.type === "no_answer" ? answer.reason : "network"];
    return fail(check, `${says}.`, `${mend}.`);
  },
  other: (check, answer) =>
    fail(
      check,
      `${answer.type === "answer" ? answer.status : "nothing"} instead of 200.`,
      "`npx wrangler tail` shows why; PhonePe would get the same.",
    ),
} as const satisfies Partial<Record<Verdict, Make>>;

const REDEPLOY =
  "deploy this BOOTSTRAP by `npx wrangler secret put BOOTSTRAP`, or correct it here.";

const SHA: Record<Verdict, Make> = {
  ...COMMON,
  refused: (check) =>
    fail(
      check,
      "the gateway refuses this BOOTSTRAP's webhook username and password: it was deployed with others.",
      `${REDEPLOY} The pair must also be the one that stands at PhonePe.`,
    ),
};

const HMAC: Record<Verdict, Make> = {
  ...COMMON,
  refused: (check) =>
    fail(
      check,
      "the gateway refuses this BOOTSTRAP's webhookHmacSecret: it was deployed with another.",
      `${REDEPLOY} It must also be the key that PhonePe showed when the webhook was made.`,
    ),
};

const SHA_MIXED: Make = (check) =>
  fail(
    check,
    "HMAC is taken, SHA is refused: with auth type SHA at PhonePe no webhook would get in.",
    `the deployed username or password differs: ${REDEPLOY}`,
  );

const HMAC_MIXED: Make = (check) =>
  fail(
    check,
    "SHA is taken, HMAC is refused: with auth type HMAC at PhonePe no webhook would get in.",
    `the deployed gateway has another webhookHmacSecret or none, or something in front rewrites the body: ${REDEPLOY}`,
  );

const SHA_ONLY: Finding = note(
  "webhook HMAC",
  "no webhookHmacSecret, so PhonePe's webhook must have auth type SHA; if it says HMAC there, add the key.",
);
