import { describe, expect, it } from "vitest";
import { readPhonePeV1Webhook } from "../../src/providers/phonepe/webhook-v1.ts";
import { example } from "./examples.ts";

const callback = (inner: unknown) => ({ response: btoa(JSON.stringify(inner)) });
const data = { merchantTransactionId: "txn_000123", state: "COMPLETED", amount: 1 };

describe("readPhonePeV1Webhook", () => {
  it("contract.md 6.8: PhonePe's example is read", () => {
    expect(readPhonePeV1Webhook(example("v1-callback"))).toEqual({
      ok: true,
      value: {
        event: "v1.callback",
        state: "PAYMENT_SUCCESS",
        subject: { kind: "order", providerOrderId: "txn_000123" },
        decisive: true,
      },
    });
  });

  it.each([
    ["PAYMENT_SUCCESS", true],
    ["PAYMENT_ERROR", true],
    ["PAYMENT_DECLINED", true],
    ["TIMED_OUT", true],
    ["PAYMENT_PENDING", false],
    ["INTERNAL_SERVER_ERROR", false],
    ["SOMETHING", false],
  ])("contract.md 6.8: code %s is final: %s", (code, decisive) => {
    expect(readPhonePeV1Webhook(callback({ success: true, code, data }))).toMatchObject({
      value: { decisive },
    });
  });

  it.each([
    ["no response", {}],
    ["a response that is no base64", { response: "!" }],
    ["a response that is no JSON", { response: btoa("state=x") }],
    ["no code", callback({ success: true, data })],
    ["no data", callback({ success: true, code: "PAYMENT_SUCCESS" })],
    ["an empty id", callback({ code: "PAYMENT_SUCCESS", data: { merchantTransactionId: "" } })],
    ["nothing", null],
  ])("api.md 5: %s is refused", (_, body) => {
    expect(readPhonePeV1Webhook(body)).toEqual({ ok: false, refusal: "fields_missing" });
  });
});
