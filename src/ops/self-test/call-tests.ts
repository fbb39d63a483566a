/** What calls must do: limits, forms, idempotency, webhooks, a canary payment; and what is kept of them. */
import type { Answer } from "./caller.ts";
import type { Chapter, SelfTest, Stage } from "./chapter.ts";
import { answerTests } from "./door-tests.ts";
import type { Verdict } from "./ports.ts";
import { failed, passed, refusedAs, seenOf, skipped, unlessAny } from "./verdicts.ts";

const INITIATE = "/api/payments/initiate";
const STATUS = "/api/payments/status";
const REFUND = "/api/payments/refund";
const WEBHOOK = "/api/payments/webhook/phonepe";

/** The least that PhonePe takes; nobody pays it, and the order ends by itself after five minutes. */
const CANARY_PAISA = 100;
const CANARY_EXPIRES_SEC = 300;

/** Persons that there are not: none of this may come back or be kept. */
const PLANTED = {
  phone: "+919999900001",
  email: "planted.person@self-test.example",
  vpa: "planted.payer@okplanted",
  card: "4111111111111111",
} as const;
/** What of them names somebody, in any spelling. */
const NAMES = ["9999900001", "planted.person", "planted.payer", "411111111111"];

const canaryOrder = (runId: string) => `canary-${runId}`;
const refundBody = (runId: string, more: object = {}) => ({
  merchantRefundId: `none-${runId}`,
  merchantOrderId: `none-${runId}`,
  amount: CANARY_PAISA,
  ...more,
});

const formTests: readonly SelfTest[] = [
  { id: "rate.counts", run: countsDown },
  {
    id: "json.malformed",
    run: async ({ caller }) =>
      refusedAs(await caller.signed({ path: REFUND, body: '{"amount":' }), "400 malformed_json"),
  },
  {
    id: "json.doubled",
    run: async ({ caller }) =>
      refusedAs(
        await caller.signed({ path: REFUND, body: '{"amount":1,"amount":2}' }),
        "400 malformed_json",
      ),
  },
  {
    id: "field.unknown",
    run: async ({ caller, runId }) => {
      const body = refundBody(runId, { surplus: true });
      return refusedAs(await caller.signed({ path: REFUND, body }), "422 validation_failed");
    },
  },
  { id: "mask.answer", run: plantedDoesNotComeBack },
];

/** The first two calls of a key in its class: the second has one less left. */
async function countsDown({ caller, runId }: Stage): Promise<Verdict> {
  const path = `${STATUS}/none-${runId}`;
  const left = [await caller.signed({ path }), await caller.signed({ path })].map(readsLeft);
  const [first, second] = left;
  if (first === undefined || second === undefined) return failed("no limit of the class is told");
  return second < first ? passed(`${first}, then ${second}`) : failed("the limit does not count");
}

function readsLeft({ headers }: Answer): number | undefined {
  const left = /"read";r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1];
  return left === undefined ? undefined : Number(left);
}

async function plantedDoesNotComeBack({ caller, runId }: Stage): Promise<Verdict> {
  const { phone, email, vpa, card } = PLANTED;
  const body = {
    merchantOrderId: `none-${runId}`,
    amount: 1, // too little: it is refused
    redirectUrl: "https://self-test.example/return",
    customer: { phone, email },
    message: `${vpa} ${card}`,
    currency: email,
  };
  const answer = await caller.signed({ path: INITIATE, body });
  if (names(answer.text)) return failed("what names a person came back");
  return refusedAs(answer, "422 validation_failed");
}

function names(text: string): boolean {
  return NAMES.some((name) => text.includes(name));
}

const moneyTests: readonly SelfTest[] = [
  { id: "idempotency.race", run: raceOfKeys },
  {
    id: "idempotency.reused",
    run: async ({ caller, runId }) => {
      const body = refundBody(runId, { reason: "another again" });
      const answer = await caller.signed({ path: REFUND, body, idempotencyKey: `race-${runId}` });
      return refusedAs(answer, "422 idempotency_key_reused");
    },
  },
  {
    id: "webhook.forged",
    run: async (stage) =>
      refusedAs(await sendWebhook(stage, "0".repeat(64)), "401 webhook_signature_invalid"),
  },
  { id: "canary.payment", run: canaryPayment },
  { id: "webhook.hint", run: webhookIsHint },
];

/** Two refunds at once, of an order that nobody has, with one key and two contents: one has the key. */
async function raceOfKeys({ caller, runId }: Stage): Promise<Verdict> {
  const idempotencyKey = `race-${runId}`;
  const answers = await Promise.all(
    ["one", "another"].map((reason) =>
      caller.signed({ path: REFUND, body: refundBody(runId, { reason }), idempotencyKey }),
    ),
  );
  const seen = answers.map(seenOf).toSorted().join(", ");
  return seen === "404 payment_not_found, 422 idempotency_key_reused"
    ? passed(seen)
    : failed(`answered ${seen}`);
}

/** Two initiates at once with one key: one payment, which nobody has paid. */
async function canaryPayment({ caller, ports, runId }: Stage): Promise<Verdict> {
  if (!(await ports.canary())) return skipped("no sandbox is configured here");
  const call = {
    path: INITIATE,
    body: {
      merchantOrderId: canaryOrder(runId),
      amount: CANARY_PAISA,
      expireAfter: CANARY_EXPIRES_SEC,
      redirectUrl: "https://self-test.example/return",
    },
    idempotencyKey: `canary-${runId}`,
  };
  const answers = await Promise.all([caller.signed(call), caller.signed(call)]);
  const made = answers.filter(({ status }) => status < 300);
  const ids = new Set(made.map(({ json }) => json["paymentId"]));
  const status = await caller.signed({ path: `${STATUS}/${canaryOrder(runId)}` });
  const { attempts, state } = status.json;
  return unlessAny(
    [
      ...(made.length === 0 ? [`answered ${answers.map(seenOf).join(", ")}`] : []),
      ...(ids.size > 1 ? ["one key made two payments"] : []),
      ...(Array.isArray(attempts) && attempts.length === 1 ? [] : ["not exactly one attempt"]),
      ...(state === "PENDING" ? [] : ["it does not wait to be paid"]),
    ],
    "one payment, PENDING",
  );
}

/** I4: credentials that are on every webhook prove nothing about a payment. Nobody has paid the canary. */
async function webhookIsHint(stage: Stage): Promise<Verdict> {
  const { caller, ports, runId } = stage;
  const canary = await ports.canary();
  if (!canary) return skipped("no sandbox is configured here");
  const taken = await sendWebhook(stage, canary.webhookAuthorization);
  if (taken.status !== 200) return failed(`the webhook was answered ${seenOf(taken)}`);
  const { status, json } = await caller.signed({ path: `${STATUS}/${canaryOrder(runId)}` });
  const { capturedAmount, state } = json;
  if (status !== 200) return failed("the payment cannot be read");
  return state === "COMPLETED" || capturedAmount !== 0
    ? failed("a webhook settled a payment")
    : passed("taken, and not believed");
}

function sendWebhook({ caller, ports, runId }: Stage, authorization: string): Promise<Answer> {
  const merchantOrderId = canaryOrder(runId);
  const payload = {
    merchantOrderId,
    orderId: merchantOrderId,
    state: "COMPLETED",
    amount: CANARY_PAISA,
  };
  return caller.plain(`${WEBHOOK}/${ports.merchantId}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ event: "checkout.order.completed", payload }),
  });
}

const recordTests: readonly SelfTest[] = [
  {
    id: "mask.audit",
    run: async ({ ports, runId }) => {
      const kept = await ports.throughAudit(runId, Object.values(PLANTED));
      if (kept === null) return failed("the audit log did not keep the run's event");
      return names(kept) ? failed("what names a person is kept") : passed("kept, masked");
    },
  },
  { id: "audit.chain", run: ({ ports }) => ports.auditChain() },
  {
    id: "key.age",
    run: async ({ ports }) => {
      const overdue = await ports.overdueKeys();
      return unlessAny(
        overdue.map((name) => `${name} should have been replaced`),
        "none overdue",
      );
    },
  },
  {
    id: "token.fresh",
    run: async ({ ports }) =>
      (await ports.token()) ?? skipped("the merchant has no provider with tokens"),
  },
];

export const CALL_CHAPTER: Chapter = {
  name: "calls",
  scopes: ["payments:read", "payments:write", "refunds:write"],
  tests: [...formTests, ...moneyTests, ...recordTests, ...answerTests("calls")],
};
