import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { HOUR_MS, merchantIdSchema } from "#base";
import { paymentObjectName } from "#payments";
import { ROUTE_DOCS } from "../../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS } from "../../../src/http/openapi/schema-table.ts";
import { BASE, call, freshId, initiateBody, send, type TestAnswer } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { books, INITIATE, newPayment, paidPayment, REFUND, statusOf } from "../payments.ts";
import { authorizationOf, completed, sendWebhook, WEBHOOK } from "../webhook/send.ts";

/** The answer is one that the document promises for this route and status, and it has no other field. */
function expectDocumented(answer: TestAnswer, route: string): void {
  const doc = ROUTE_DOCS[route];
  const promised = doc?.answers[answer.status];
  expect({ route, status: answer.status, text: answer.text, type: promised?.type }).toMatchObject({
    type: "json",
  });
  if (promised?.type !== "json") return;
  expect(ANSWER_SCHEMAS[promised.schema]().safeParse(answer.json).error).toBeUndefined();
}

/** The problem is one that the document names for this route. */
function expectDocumentedProblem(answer: TestAnswer, route: string): void {
  expect(ANSWER_SCHEMAS.Problem().safeParse(answer.json).error).toBeUndefined();
  expect(ROUTE_DOCS[route]?.problems).toContain(answer.json["code"]);
}

afterEach(() => {
  world.renew();
});

const ALPHA = merchantIdSchema.parse("alpha");
const LIST = "/api/payments/notifications";
const STATUS = "GET /api/payments/status/:id";
const REFUND_STATUS = "GET /api/payments/refund/:id";

describe("API-9: real answers are as the document says", () => {
  it("initiate: 201, then 200 for the same payment", async () => {
    const body = initiateBody();
    const first = await call({ path: INITIATE, body });
    expect(first.status).toBe(201);
    expectDocumented(first, `POST ${INITIATE}`);
    const again = await call({ path: INITIATE, body });
    expect(again.status).toBe(200);
    expectDocumented(again, `POST ${INITIATE}`);
  });

  it("status: a pending payment, a paid one, and a refunded one", async () => {
    expectDocumented(await statusOf(await newPayment()), STATUS);
    const id = await paidPayment();
    expectDocumented(await statusOf(id, "?refresh=true"), STATUS);
    const body = { merchantRefundId: freshId("ref"), merchantOrderId: id, amount: 10_000 };
    await call({ path: REFUND, body });
    expectDocumented(await statusOf(id), STATUS);
  });

  it("refund: 201, then 200, a queued one, and their states", async () => {
    const merchantOrderId = await paidPayment();
    const first = {
      merchantRefundId: freshId("ref"),
      merchantOrderId,
      amount: 10_000,
      reason: "x",
    };
    const answer = await call({ path: REFUND, body: first });
    expect(answer.status).toBe(201);
    expectDocumented(answer, `POST ${REFUND}`);
    expectDocumented(await call({ path: REFUND, body: first }), `POST ${REFUND}`);
    const second = { merchantRefundId: freshId("ref"), merchantOrderId, amount: 10_000 };
    expectDocumented(await call({ path: REFUND, body: second }), `POST ${REFUND}`);
    for (const { merchantRefundId } of [first, second]) {
      const path = `${REFUND}/${merchantRefundId}?merchantOrderId=${merchantOrderId}`;
      expectDocumented(await call({ path }), REFUND_STATUS);
    }
  });

  it("webhook: of a payment of ours, and of none", async () => {
    const ours = await sendWebhook({ body: completed(await newPayment()) });
    expectDocumented(ours, `POST ${WEBHOOK}`);
    const foreign = await sendWebhook({ body: completed(freshId("foreign")) });
    expect(foreign.json["matched"]).toBe(false);
    expectDocumented(foreign, `POST ${WEBHOOK}`);
    const events = await call({ path: "/api/payments/webhook-events?matched=false" });
    expect(events.text).toContain("foreign_");
    expectDocumented(events, "GET /api/payments/webhook-events");
  });

  it("initiate: 202 while no provider has answered for sure", async () => {
    world.answerBudgetMs = 20;
    books().nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    const answer = await call({ path: INITIATE, body: initiateBody() });
    expect(answer.status).toBe(202);
    expectDocumented(answer, `POST ${INITIATE}`);
  });

  it("health", async () => {
    const answer = await send(new Request(`${BASE}/api/payments/health`));
    expectDocumented(answer, "GET /api/payments/health");
  });

  it("notifications: what goes out, what is parked, its replay", async () => {
    world.offsetMs = HOUR_MS;
    world.deliver = async () => ({ type: "hopeless", reason: "endpoint_gone" });
    const id = await paidPayment();
    await runDurableObjectAlarm(env.PAYMENTS.getByName(paymentObjectName(ALPHA, id)));
    const parked = await vi.waitFor(async () => {
      const answer = await call({ path: `${LIST}?state=parked` });
      expect(answer.text).toContain(id);
      return answer;
    });
    expectDocumented(parked, `GET ${LIST}`);
    const [sent] = world.tries.filter(({ body }) => body.includes(id));
    const told: unknown = JSON.parse(sent?.body ?? "");
    expect(ANSWER_SCHEMAS.Notification().safeParse(told).error).toBeUndefined();
    const replay = await call({ method: "POST", path: `${LIST}/${id}/1/replay` });
    expectDocumented(replay, `POST ${LIST}/:id/:sequence/replay`);
  });
});

describe("API-9: real problems are as the document says", () => {
  const body = initiateBody();

  it.each([
    ["no signature", () => send(new Request(`${BASE}${INITIATE}`, { method: "POST" }))],
    [
      "another's secret",
      () => call({ path: INITIATE, body, key: { keyId: "ak_alpha", secret: "x" } }),
    ],
    ["an old signature", () => call({ path: INITIATE, body, createdSec: 1_000_000_000 })],
    [
      "an unknown key",
      () => call({ path: INITIATE, body, key: { keyId: "ak_none", secret: "x" } }),
    ],
    ["a revoked key", () => call({ path: INITIATE, body, key: TEST_KEYS.alphaRevoked })],
    ["a key without the scope", () => call({ path: INITIATE, body, key: TEST_KEYS.alphaReader })],
    ["another media type", () => call({ path: INITIATE, body: "x", contentType: "text/plain" })],
    ["broken JSON", () => call({ path: INITIATE, body: "{" })],
    ["an unknown field", () => call({ path: INITIATE, body: initiateBody({ nope: 1 }) })],
    ["a large body", () => call({ path: INITIATE, body: "x".repeat(70_000) })],
    [
      "a blocked customer",
      () => call({ path: INITIATE, body: initiateBody({ customer: { id: "cust_blocked" } }) }),
    ],
    [
      "other content under the same id",
      async () => {
        const merchantOrderId = await newPayment();
        return call({ path: INITIATE, body: initiateBody({ merchantOrderId, amount: 100 }) });
      },
    ],
  ])("initiate: %s", async (_case, ask) => {
    const answer = await ask();
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expectDocumentedProblem(answer, `POST ${INITIATE}`);
  });

  it("status and refund: what is not there, and what is not allowed", async () => {
    expectDocumentedProblem(await statusOf(freshId()), STATUS);
    expectDocumentedProblem(await statusOf(freshId(), "?refresh=maybe"), STATUS);
    const path = `${REFUND}/${freshId("ref")}?merchantOrderId=${await newPayment()}`;
    expectDocumentedProblem(await call({ path }), REFUND_STATUS);
    const merchantRefundId = freshId("ref");
    const unpaid = { merchantRefundId, merchantOrderId: await newPayment(), amount: 10_000 };
    expectDocumentedProblem(await call({ path: REFUND, body: unpaid }), `POST ${REFUND}`);
    const merchantOrderId = await paidPayment();
    const tooMuch = { merchantRefundId, merchantOrderId, amount: 49_901 };
    expectDocumentedProblem(await call({ path: REFUND, body: tooMuch }), `POST ${REFUND}`);
  });

  it("webhook: credentials that do not hold, and a body that is none", async () => {
    const stranger = await sendWebhook({ body: {}, authorization: "0".repeat(64) });
    expectDocumentedProblem(stranger, `POST ${WEBHOOK}`);
    const authorization = await authorizationOf("alpha");
    expectDocumentedProblem(await sendWebhook({ body: "{", authorization }), `POST ${WEBHOOK}`);
    const bare = { event: "checkout.order.completed", payload: {} };
    expectDocumentedProblem(await sendWebhook({ body: bare, authorization }), `POST ${WEBHOOK}`);
  });
});
