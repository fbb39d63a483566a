import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { HOUR_MS, merchantIdSchema, sha256Hex } from "#base";
import { merchantsOf } from "../../../src/wiring/merchants.ts";
import { BASE, freshId, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { expectCommonHeaders } from "../problem-shape.ts";
import { listCredentials, phonepeValue, putCredential } from "../settings.ts";
import { completed, sendWebhook, WEBHOOK } from "../webhook/send.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const set = (name: string, value: unknown, more: object = {}) =>
  putCredential(`alpha/${name}`, { value, reason: "test", ...more });
const authorization = (name: string) => sha256Hex(`user_${name}:hookPassword${name}`);
const heard = async (name: string) =>
  (await sendWebhook({ authorization: await authorization(name), body: completed(freshId()) }))
    .status;

afterEach(() => world.renew());

describe("PUT /api/admin/credentials/{merchantId}/{name} 200", () => {
  it("design.md 8: it is told who set which version when and why, and nothing of the value", async () => {
    const answer = await set("phonepe", phonepeValue("shown"));
    expect(answer.json).toEqual({
      name: "phonepe",
      version: 1,
      source: "vault",
      setAt: expect.any(Number),
      setBy: "ak_alpha",
      reason: "test",
      accepted: [{ version: 0, until: Number(answer.json["setAt"]) + 24 * HOUR_MS }],
    });
    expect(answer.text).not.toContain("shown");
    expectCommonHeaders(answer);
  });

  it("design.md 8: it counts with the next call, for provider and webhooks", async () => {
    await set("phonepe", phonepeValue("next", { clientVersion: 7 }));
    expect((await merchantsOf(env).merchant(ALPHA))?.phonepe).toMatchObject({
      clientId: "CLIENT_next",
      clientVersion: 7,
    });
    expect(await heard("next")).toBe(200);
  });

  it("PP-11: what PhonePe still signs with is accepted until the overlap ends, however often it changes", async () => {
    await set("phonepe", phonepeValue("one"));
    await set("phonepe", phonepeValue("typo"));
    await set("phonepe", phonepeValue("two"), { overlapHours: 48 });
    const all = await Promise.all(["one", "typo", "two", "none"].map(heard));
    expect(all).toEqual([200, 200, 200, 401]);
    // Of BOOTSTRAP's as well.
    expect((await sendWebhook({ body: completed(freshId()) })).status).toBe(200);
  });

  it("PP-11: without an overlap the old one is refused at once", async () => {
    await set("phonepe", phonepeValue("leaked"));
    await set("phonepe", phonepeValue("fresh"), { overlapHours: 0 });
    expect(await Promise.all(["leaked", "fresh"].map(heard))).toEqual([401, 200]);
  });

  it("api.md 5: webhooks of a provider that BOOTSTRAP does not know are taken, without the merchant in the path", async () => {
    const body = JSON.stringify({ event: "paid" });
    const sign = async (secret: string) => {
      const bytes = new TextEncoder().encode(secret);
      const hmac = { name: "HMAC", hash: "SHA-256" };
      const key = await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign"]);
      const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body));
      return new Uint8Array(mac).toHex();
    };
    const from = async (secret: string) => {
      const headers = { "content-type": "application/json", "x-newpay-mac": await sign(secret) };
      return (
        await send(new Request(`${BASE}${WEBHOOK}/newpay`, { method: "POST", headers, body }))
      ).status;
    };
    expect(await from("s1")).toBe(401);
    const value = { header: "x-newpay-mac", hash: "SHA-256", secret: "s1" };
    await set("webhook:newpay", value);
    await set("webhook:newpay", { ...value, secret: "s2" });
    expect([await from("s1"), await from("s2"), await from("s3")]).toEqual([200, 200, 401]);
  });

  it("design.md 8: a merchant that had none gets one", async () => {
    const value = { keyId: "rzp_test_x", keySecret: "ks", webhookSecret: "ws" };
    const key = TEST_KEYS.deltaBig;
    const answer = await putCredential("delta/razorpay", { value, reason: "begin" }, { key });
    expect(answer.json).toMatchObject({ name: "razorpay", version: 1, accepted: [] });
    expect(
      (await merchantsOf(env).merchant(merchantIdSchema.parse("delta")))?.razorpay,
    ).toMatchObject({ keyId: "rzp_test_x", webhookSecretPrevious: [] });
  });

  it("PCI-10.2.1: the audit log has name, version and reason, and no value", async () => {
    const answer = await set("phonepe", phonepeValue("audited"), { overlapHours: 0 });
    expect(world.audited).toEqual([
      {
        id: expect.stringMatching(/^evt_/),
        atMs: answer.json["setAt"],
        actor: { type: "api_key", id: "ak_alpha" },
        action: "credential.set",
        object: { type: "credential", id: "phonepe" },
        outcome: "success",
        requestId: answer.headers.get("x-request-id"),
        address: null,
        details: { version: answer.json["version"], reason: "test", acceptedUntilMs: null },
      },
    ]);
  });

  it("design.md 8: all are listed, those of BOOTSTRAP too, without a value or a part of one", async () => {
    const key = TEST_KEYS.beta;
    const before = await listCredentials("beta", { key });
    const stands = { version: 0, source: "bootstrap", setAt: null, setBy: null, reason: null };
    expect(before.json["credentials"]).toEqual(
      ["phonepe", "razorpay", "webhook:acme", "webhook:bolt"].map((name) => ({
        name,
        ...stands,
        accepted: [],
      })),
    );
    const value = { header: "x-acme-signature", hash: "SHA-512", secret: "newer-acme" };
    await putCredential("beta/webhook:acme", { value, reason: "test" }, { key });
    const after = await listCredentials("beta", { key });
    expect(after.json["credentials"]).toMatchObject([
      { name: "phonepe", version: 0 },
      { name: "razorpay", version: 0 },
      { name: "webhook:acme", version: 1, setBy: "ak_beta", accepted: [{ version: 0 }] },
      { name: "webhook:bolt", version: 0 },
    ]);
    expect(after.text).not.toMatch(/secret|newer-acme|hook_|rzp_|CLIENT/);
  });
});
