import { describe, expect, it } from "vitest";
import { books, newPayment, paidPayment, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

describe("GET /api/payments/status/{id} 504", () => {
  it("api.md 2: a provider that cannot be asked is a timeout of the read, and changes nothing", async () => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    books().nextStatus({ type: "unreachable", reason: "http_503_R999" });
    const answer = await statusOf(id, "?refresh=true");
    expectProblem(answer, "provider_timeout");
    expect(answer.text).not.toContain("R999");
    expect((await statusOf(id)).json["state"]).toBe("PENDING");
    expect((await statusOf(id, "?refresh=true")).json["state"]).toBe("COMPLETED");
  });

  it("api.md 4: a payment that has ended needs no provider", async () => {
    const id = await paidPayment();
    const calls = books().calls.length;
    expect((await statusOf(id, "?refresh=true")).status).toBe(200);
    expect(books().calls.length).toBe(calls);
  });
});
