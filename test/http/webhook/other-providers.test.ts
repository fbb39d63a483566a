import { describe, expect, it } from "vitest";
import { BASE, call, freshId, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { sendWebhook } from "./send.ts";

const encoder = new TextEncoder();

async function hmac(hash: "SHA-256" | "SHA-512", secret: string, body: string): Promise<string> {
  const algorithm = { name: "HMAC", hash };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body))).toHex();
}

function post(path: string, headers: Record<string, string>, body: string) {
  return send(new Request(`${BASE}${path}`, { method: "POST", headers, body }));
}

const PATH = "/api/payments/webhook/acme";
const event = () => JSON.stringify({ event: "charge.settled", id: freshId() });

async function listed(): Promise<string> {
  const path = "/api/payments/webhook-events?matched=false";
  return (await call({ path, key: TEST_KEYS.beta })).text;
}

describe("webhooks of other providers", () => {
  it.each(["acme-secret", "old-acme-secret"])(
    "api.md 5: HMAC-SHA512 under %s is taken and kept with the provider's name",
    async (secret) => {
      const body = event();
      const signature = await hmac("SHA-512", secret, body);
      const first = await post(PATH, { "x-acme-signature": signature.toUpperCase() }, body);
      expect(first.status).toBe(200);
      expect(first.json).toEqual({ accepted: true, duplicate: false, matched: false });
      const again = await post(PATH, { "x-acme-signature": signature }, body);
      expect(again.json).toMatchObject({ duplicate: true });
      expect(await listed()).toContain('"provider":"acme","event":"charge.settled"');
    },
  );

  it("api.md 5: HMAC-SHA256 is taken, also with the merchant behind the provider", async () => {
    const body = event();
    const headers = { "x-bolt-mac": await hmac("SHA-256", "bolt-secret", body) };
    expect((await post("/api/payments/webhook/bolt/beta", headers, body)).status).toBe(200);
    const other = await post("/api/payments/webhook/bolt/alpha", headers, body);
    expect(other.json["code"]).toBe("webhook_signature_invalid");
  });

  it.each([
    { what: "another body", secret: "acme-secret", hash: "SHA-512", tail: " " },
    { what: "another secret", secret: "bolt-secret", hash: "SHA-512", tail: "" },
    { what: "another hash", secret: "acme-secret", hash: "SHA-256", tail: "" },
  ] as const)("API-10: $what is refused", async ({ secret, hash, tail }) => {
    const body = event();
    const signature = await hmac(hash, secret, `${body}${tail}`);
    const answer = await post(PATH, { "x-acme-signature": signature }, body);
    expect(answer.status).toBe(401);
  });

  it("api.md 5: without its header, or with PhonePe's credentials, nothing is taken there", async () => {
    expect((await post(PATH, {}, event())).status).toBe(401);
    expect((await sendWebhook({ path: PATH, body: { event: "x" } })).status).toBe(401);
  });

  it("api.md 1: a provider that nobody has is a path that does not exist", async () => {
    expect((await post("/api/payments/webhook/nobody/beta", {}, event())).status).toBe(404);
  });

  it("PP-07: two events of one kind without ids of ours are two events, not one twice", async () => {
    const subscription = (id: string) => ({
      event: "subscription.paused",
      payload: { merchantSubscriptionId: id, state: "PAUSED" },
    });
    const [one, other] = [freshId(), freshId()];
    expect((await sendWebhook({ body: subscription(one) })).json["duplicate"]).toBe(false);
    expect((await sendWebhook({ body: subscription(other) })).json["duplicate"]).toBe(false);
    expect((await sendWebhook({ body: subscription(one) })).json["duplicate"]).toBe(true);
  });
});
