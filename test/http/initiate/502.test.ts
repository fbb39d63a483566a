import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { books, INITIATE, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const PROVIDERS_WORDS = "KEY_NOT_CONFIGURED_AT_PROVIDER";

describe("POST /api/payments/initiate 502", () => {
  it("api.md 2: what the provider refused for good is FAILED, and its words stay inside", async () => {
    books().nextPay({ type: "rejected", code: PROVIDERS_WORDS });
    const body = initiateBody();
    const answer = await call({ path: INITIATE, body });
    expectProblem(answer, "provider_rejected", INITIATE);
    expect(answer.text).not.toContain(PROVIDERS_WORDS);
    expect(answer.headers.get("retry-after")).toBeNull();
    const read = await statusOf(String(body["merchantOrderId"]));
    expect(read.json).toMatchObject({ state: "FAILED", errorCode: PROVIDERS_WORDS });
  });

  it("IDM-3: it is the result of its key, replayed byte for byte, never tried again", async () => {
    books().nextPay({ type: "rejected", code: "BAD_REQUEST" });
    const request = { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") };
    const first = await call(request);
    const pays = books().callsOf("pay");
    const again = await call(request);
    expectProblem(again, "provider_rejected", INITIATE);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(books().callsOf("pay")).toBe(pays);
  });

  it("api.md 3: without a key the repeat gives the final state", async () => {
    books().nextPay({ type: "rejected", code: "BAD_REQUEST" });
    const body = initiateBody();
    await call({ path: INITIATE, body });
    const again = await call({ path: INITIATE, body });
    expect(again.status).toBe(200);
    expect(again.json["state"]).toBe("FAILED");
  });
});
