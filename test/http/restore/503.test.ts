import { describe, expect, it } from "vitest";
import { initiateBody } from "../../support/call.ts";
import { INITIATE, newPayment, REFUND, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { openApp } from "./app.ts";

describe("while a deployment may be restored into: 503", () => {
  it("I1: no order is placed and no refund taken, since what is not back yet would begin anew", async () => {
    const merchantOrderId = await newPayment();
    const before = seen();
    const initiate = await openApp().call({ path: INITIATE, body: initiateBody() });
    expectProblem(initiate, "admission_unavailable", INITIATE);
    expect(initiate.headers.get("retry-after")).toBe("60");
    const body = { merchantRefundId: "r", merchantOrderId, amount: 100 };
    expectProblem(await openApp().call({ path: REFUND, body }), "admission_unavailable", REFUND);
    const status = await openApp().call({ path: `/api/payments/status/${merchantOrderId}` });
    expect(status.status).toBe(200);
    expect(seen()).toEqual(before);
  });
});
