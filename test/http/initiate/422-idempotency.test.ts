import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { books, INITIATE, paidPayment, REFUND, seen, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const keyed = (more: Record<string, unknown> = {}) => ({
  path: INITIATE,
  body: initiateBody(more),
  idempotencyKey: freshId("key"),
});

describe("Idempotency-Key of initiate", () => {
  it("IDM-4: the same request gets the first answer byte for byte, and says so", async () => {
    const request = keyed();
    const first = await call(request);
    const before = seen();
    const again = await call(request);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(seen()).toEqual(before);
  });

  it("IDM-4: the first answer stays the answer when the payment has moved on", async () => {
    const request = keyed();
    const first = await call(request);
    const id = String(request.body["merchantOrderId"]);
    books().settle(id, "COMPLETED");
    expect((await statusOf(id, "?refresh=true")).json["state"]).toBe("COMPLETED");
    expect((await call(request)).text).toBe(first.text);
  });

  it("IDM-2: another body under the key is refused, and starts nothing", async () => {
    const request = keyed();
    await call(request);
    const before = seen();
    const other = initiateBody();
    expectProblem(await call({ ...request, body: other }), "idempotency_key_reused", INITIATE);
    expect(seen()).toEqual(before);
    expect((await statusOf(String(other["merchantOrderId"]))).status).toBe(404);
    expect((await call({ path: INITIATE, body: other })).status).toBe(201);
  });

  it("IDM-2: another query under the key is another request", async () => {
    const request = keyed();
    await call(request);
    expectProblem(await call({ ...request, path: `${INITIATE}?a=1` }), "idempotency_key_reused");
  });

  it("IDM-2: the same content in other bytes is another request", async () => {
    const request = keyed();
    await call(request);
    const body = `${JSON.stringify(request.body)} `;
    expectProblem(await call({ ...request, body }), "idempotency_key_reused", INITIATE);
  });

  it("IDM-1: another merchant's same key is another key", async () => {
    const request = keyed();
    await call(request);
    const theirs = await call({ ...request, body: initiateBody(), key: TEST_KEYS.beta });
    expect(theirs.status).toBe(201);
    expect(theirs.headers.get("idempotency-replayed")).toBeNull();
  });

  it("IDM-1: another endpoint's same key is another key", async () => {
    const merchantOrderId = await paidPayment();
    const request = keyed();
    await call(request);
    const body = { merchantOrderId, merchantRefundId: freshId("rfd"), amount: 100 };
    const answer = await call({ path: REFUND, body, idempotencyKey: request.idempotencyKey });
    expect(answer.status).toBe(201);
  });

  it("IDM-1: a retry signed with another key of the merchant is the same request", async () => {
    const request = keyed();
    const first = await call(request);
    const before = seen();
    const again = await call({ ...request, key: TEST_KEYS.alphaNext });
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(seen()).toEqual(before);
  });

  it("api.md 3: without a merchantOrderId the key maps to one payment", async () => {
    const request = keyed({ merchantOrderId: undefined });
    const first = await call(request);
    const before = seen();
    const again = await call(request);
    const rotated = await call({ ...request, key: TEST_KEYS.alphaNext });
    expect(again.text).toBe(first.text);
    expect(rotated.text).toBe(first.text);
    expect(seen()).toEqual(before);
  });

  it("IDM-3: a bad signature stores nothing under the key", async () => {
    const request = keyed();
    const key = { ...TEST_KEYS.alpha, secret: "wrong" };
    expect((await call({ ...request, body: initiateBody(), key })).status).toBe(401);
    expect((await call(request)).status).toBe(201);
  });

  it("IDM-3: an unsupported media type stores nothing under the key", async () => {
    const request = keyed();
    expect((await call({ ...request, contentType: "text/plain" })).status).toBe(415);
    expect((await call({ ...request, body: initiateBody() })).status).toBe(201);
  });

  it("IDM-7: 50 at once with one key place one order and get one answer", async () => {
    const request = keyed();
    const pays = books().callsOf("pay");
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(request)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const replayed = answers.filter(({ headers }) => headers.has("idempotency-replayed"));
    expect(replayed).toHaveLength(49);
    expect(books().callsOf("pay")).toBe(pays + 1);
  });

  it("IDM-7: 50 at once with one key and no order id make one payment", async () => {
    const request = keyed({ merchantOrderId: undefined });
    const pays = books().callsOf("pay");
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(request)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(books().callsOf("pay")).toBe(pays + 1);
  });
});
