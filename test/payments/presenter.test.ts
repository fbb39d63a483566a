import { describe, expect, it } from "vitest";
import { paymentView } from "../../src/payments/presenter.ts";
import { attemptIn, paymentWith } from "./fixtures.ts";

const identity = { requestId: "req_1", keyId: "ak_1" };
const payUrl = "https://pay.example/1";
const payment = paymentWith(attemptIn("OPEN", { payUrl, provider: "razorpay" }));

describe("paymentView", () => {
  it("api.md 4: a pay page that is a plain link comes without a script", () => {
    const view = paymentView(payment, identity, { scriptUrl: null });
    expect(view).toMatchObject({ provider: "razorpay", redirectUrl: payUrl });
    expect(view).not.toHaveProperty("checkout");
  });

  it("api.md 4: one that a script opens says so", () => {
    const scriptUrl = "https://pay.example/checkout.js";
    expect(paymentView(payment, identity, { scriptUrl })).toMatchObject({
      checkout: { script: scriptUrl, url: payUrl, mode: "iframe" },
    });
  });
});
