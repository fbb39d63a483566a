import { describe, expect, it, vi } from "vitest";
import { BASE, call, freshId, initiateBody, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const PATH = "/api/payments/webhook/razorpay";
const encoder = new TextEncoder();
const books = () => world.providerOf("beta");

async function hmac(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))).toHex();
}

async function post(
  text: string,
  { path = PATH, secret = "razorpay-hook-of-beta" }: { path?: string; secret?: string } = {},
) {
  const headers = {
    "content-type": "application/json",
    "x-razorpay-event-id": freshId(),
    "x-razorpay-signature": await hmac(secret, text),
  };
  return send(new Request(`${BASE}${path}`, { method: "POST", headers, body: text }));
}

const aboutLink = (id: string, status = "paid", event = `payment_link.${status}`) =>
  JSON.stringify({
    entity: "event",
    event,
    payload: {
      payment_link: {
        entity: { id: "plink_1", status, reference_id: id, notes: { merchant_order_id: id } },
      },
    },
  });

async function newPayment(): Promise<string> {
  const body = initiateBody();
  expect((await call({ path: INITIATE, body, key: TEST_KEYS.beta })).status).toBe(201);
  return String(body["merchantOrderId"]);
}

async function stateOf(id: string): Promise<unknown> {
  return (await call({ path: `/api/payments/status/${id}`, key: TEST_KEYS.beta })).json["state"];
}

const ACCEPTED = { accepted: true, duplicate: false };

describe("POST /api/payments/webhook/razorpay", () => {
  it.each([
    ["without a merchant", {}],
    ["with its merchant", { path: `${PATH}/beta` }],
    ["under the secret before", { secret: "old-razorpay-hook-of-beta" }],
  ])("I4: %s a paid link makes us ask", async (_, how) => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    const answer = await post(aboutLink(id), how);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual(ACCEPTED);
    await vi.waitFor(async () => expect(await stateOf(id)).toBe("COMPLETED"), { interval: 5 });
  });

  it("I4: a webhook of success alone moves nothing", async () => {
    const id = await newPayment();
    const asked = books().callsOf("orderStatus");
    expect((await post(aboutLink(id))).json).toEqual(ACCEPTED);
    await vi.waitFor(() => expect(books().callsOf("orderStatus")).toBe(asked + 1), { interval: 5 });
    expect(await stateOf(id)).toBe("PENDING");
  });

  it("I8: the same event again is a duplicate, another state is not", async () => {
    const id = await newPayment();
    expect((await post(aboutLink(id))).json).toEqual(ACCEPTED);
    expect((await post(aboutLink(id))).json).toEqual({ accepted: true, duplicate: true });
    expect((await post(aboutLink(id, "expired"))).json).toEqual(ACCEPTED);
  });

  it("a part of the money asks nobody", async () => {
    const id = await newPayment();
    const asked = books().callsOf("orderStatus");
    expect((await post(aboutLink(id, "partially_paid"))).json).toEqual(ACCEPTED);
    expect(books().callsOf("orderStatus")).toBe(asked);
  });

  it("api.md 5: a link that we do not know is kept and shown to operators", async () => {
    const id = freshId("stray");
    expect((await post(aboutLink(id))).json).toEqual({ ...ACCEPTED, matched: false });
    const path = "/api/payments/webhook-events?matched=false";
    const { text } = await call({ path, key: TEST_KEYS.beta });
    expect(text).toContain('"provider":"razorpay","event":"payment_link.paid"');
    expect(text).toContain(id);
  });

  it("api.md 5: an event of another kind is accepted", async () => {
    const text = JSON.stringify({ event: "settlement.processed", payload: {}, id: freshId() });
    expect((await post(text)).json).toEqual({ ...ACCEPTED, matched: false });
  });

  it.each([
    { what: "another merchant's tail", path: `${PATH}/alpha` },
    { what: "another secret", path: PATH, secret: "another" },
    { what: "the API key's secret", path: PATH, secret: "razorpay-secret-of-beta" },
  ])("api.md 5: with $what it is refused, nobody is asked", async (how) => {
    const id = await newPayment();
    books().settle(id, "COMPLETED");
    const asked = books().calls.length;
    const answer = await post(aboutLink(id), how);
    expectProblem(answer, "webhook_signature_invalid", how.path);
    expect(books().calls).toHaveLength(asked);
    expect(await stateOf(id)).toBe("PENDING");
  });

  it("api.md 5: at PhonePe's address Razorpay's signature is worth nothing", async () => {
    const path = "/api/payments/webhook";
    const answer = await post(aboutLink(freshId()), { path });
    expectProblem(answer, "webhook_signature_invalid", path);
  });

  it("api.md 5: a signed event without what matters is 422, no JSON is 400", async () => {
    expectProblem(await post('{"event":"payment_link.paid"}'), "validation_failed", PATH);
    expectProblem(await post("{"), "malformed_json", PATH);
  });
});
