import { describe, expect, it } from "vitest";
import { freshId } from "../../support/call.ts";
import { books, newPayment, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { authorizationOf, completed, sendWebhook, type Webhook, WEBHOOK } from "./send.ts";

/** Refused, nobody asked, nothing kept: the right webhook is no duplicate afterwards. */
async function expectRefused(
  webhook: Webhook,
  code: Parameters<typeof expectProblem>[1],
): Promise<void> {
  const calls = books().calls.length;
  expectProblem(await sendWebhook(webhook), code, webhook.path ?? WEBHOOK);
  expect(books().calls.length).toBe(calls);
}

describe("POST /api/payments/webhook 401", async () => {
  const right = await authorizationOf("alpha");

  it.each([
    ["absent", null],
    ["empty", ""],
    ["another password's", "0".repeat(64)],
    ["cut short", right.slice(0, 63)],
    ["longer", `${right}0`],
    ["with a scheme word", `SHA256 ${right}`],
    ["the credentials themselves", "hook_alpha:hookPasswordalpha"],
    ["as Basic", `Basic ${btoa("hook_alpha:hookPasswordalpha")}`],
  ])("api.md 5: an Authorization that is %s is refused", async (_, authorization) => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    await expectRefused({ body: completed(id), authorization }, "webhook_signature_invalid");
    expect((await statusOf(id)).json["state"]).toBe("PENDING");
    expect((await sendWebhook({ body: completed(id) })).json["duplicate"]).toBe(false);
  });

  it.each(["/beta", "/phonepe/beta", "/nobody", "/phonepe/nobody", "/a.b", "/%00", "/__proto__"])(
    "api.md 5: with the tail %s alpha's credentials are refused",
    async (tail) => {
      const path = `${WEBHOOK}${tail}`;
      await expectRefused({ path, body: completed(freshId()) }, "webhook_signature_invalid");
    },
  );

  it("api.md 1: 401 comes before 400 and 422", async () => {
    await expectRefused({ body: "{", authorization: "x" }, "webhook_signature_invalid");
    await expectRefused({ body: {}, authorization: "x" }, "webhook_signature_invalid");
  });
});

describe("POST /api/payments/webhook 400", () => {
  it.each([
    ["an empty body", ""],
    ["no JSON", "state=COMPLETED"],
    ["half of JSON", '{"event":"checkout.order.completed"'],
    ["a trailing comma", '{"event":"checkout.order.completed",}'],
    ["a doubled key", '{"event":"a","event":"b"}'],
    ["broken UTF-8", new Uint8Array([0x22, 0x80, 0x22])],
  ])("api.md 5: %s", async (_, body) => expectRefused({ body }, "malformed_json"));
});

describe("POST /api/payments/webhook 413", () => {
  const sized = (bytes: number) => {
    const text = JSON.stringify({
      event: "some.future.event",
      payload: { id: freshId(), pad: "" },
    });
    return text.replace('"pad":""', `"pad":"${"x".repeat(bytes - text.length)}"`);
  };

  it("api.md 2: 64 KiB exactly are taken", async () => {
    expect((await sendWebhook({ body: sized(65_536) })).status).toBe(200);
  });

  it("api.md 2: one byte more is refused, before the credentials are looked at", async () => {
    await expectRefused({ body: sized(65_537) }, "body_too_large");
    await expectRefused({ body: sized(65_537), authorization: null }, "body_too_large");
  });
});

describe("POST /api/payments/webhook 422", () => {
  const id = freshId();
  const order = (payload: unknown) => ({ event: "checkout.order.completed", payload });
  const refund = (payload: unknown) => ({ event: "pg.refund.completed", payload });

  it.each([
    ["an order's event without its id", order({ state: "COMPLETED" })],
    ["an order's event without a state", order({ merchantOrderId: id })],
    ["an order's event with an empty id", order({ merchantOrderId: "", state: "COMPLETED" })],
    ["an order's event with a numeric id", order({ merchantOrderId: 7, state: "COMPLETED" })],
    ["an order's event with a list for a payload", order([])],
    [
      "an attempt's event without its id",
      { event: "pg.transaction.attempt.failed", payload: { state: "PENDING" } },
    ],
    ["an order's event without a payload", { event: "checkout.order.completed" }],
    ["a refund's event without its order", refund({ merchantRefundId: id, state: "COMPLETED" })],
    ["a refund's event without an id", refund({ originalMerchantOrderId: id, state: "COMPLETED" })],
    [
      "a refund's event without a state",
      refund({ originalMerchantOrderId: id, merchantRefundId: id }),
    ],
    ["an empty object", {}],
    ["a list", []],
    ["null", null],
    ["a text", '"checkout.order.completed"'],
    ["a number", "7"],
  ])("api.md 5: %s", async (_, body) =>
    expectRefused(
      { body: typeof body === "string" ? body : JSON.stringify(body) },
      "validation_failed",
    ),
  );
});
