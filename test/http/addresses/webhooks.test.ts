import { describe, expect, it } from "vitest";
import { appWith, type TestApp } from "../../support/app.ts";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { utf8 } from "../../support/jwe.ts";
import { hmac } from "../../support/raw-sign.ts";
import { keyOf, TEST_KEYS, testMerchant } from "../../support/secrets.ts";
import { books, INITIATE, newPayment, statusOf } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import {
  authorizationOf,
  completed,
  type Webhook,
  WEBHOOK,
  webhookRequest,
} from "../webhook/send.ts";

/** One of PhonePe's published addresses (contract.md 6.1). */
const PHONEPE = "103.116.33.9";
const LISTED = "203.0.113.5";
const OUTSIDE = "198.51.100.1";

const merchants = [
  testMerchant("hooked", {
    phonepe: { ...testMerchant("hooked").phonepe, webhookIps: ["203.0.113.0/28"] },
    webhooks: [
      {
        provider: "zeta",
        header: "x-zeta-mac",
        hash: "SHA-256",
        secret: "zeta-secret",
        allowIps: [LISTED],
      },
    ],
  }),
];
const development = appWith(merchants);
const production = appWith(merchants, { environment: "production" });

async function sendFrom(app: TestApp, address: string | null, webhook: Webhook) {
  const from = address === null ? {} : { "cf-connecting-ip": address };
  const moreHeaders = { ...from, ...webhook.moreHeaders };
  return app.send(await webhookRequest({ ...webhook, moreHeaders }));
}

async function macOf(secret: string, body: string): Promise<string> {
  return new Uint8Array(await hmac(utf8(secret), body)).toHex();
}

/** A webhook with the right HMAC of provider `zeta`. */
async function zeta(path = `${WEBHOOK}/zeta`): Promise<Webhook> {
  const body = JSON.stringify({ event: "charge.settled", id: freshId() });
  const mac = await macOf("zeta-secret", body);
  const moreHeaders = { "x-zeta-mac": mac };
  return { path, body, authorization: null, moreHeaders };
}

describe("PhonePe's webhooks in production", () => {
  it.each([PHONEPE, "103.116.34.1", "103.243.35.242", `::ffff:${PHONEPE}`])(
    "api.md 5: are taken from its published address %s",
    async (address) => {
      const answer = await sendFrom(production, address, { body: completed(await newPayment()) });
      expect([answer.status, answer.json]).toEqual([200, { accepted: true, duplicate: false }]);
    },
  );

  it.each([OUTSIDE, "103.116.33.12", "103.243.35.243", "2001:db8::1", "", null])(
    "api.md 5: are refused from %s, and change nothing",
    async (address) => {
      const id = await newPayment();
      books().settle(id, "COMPLETED");
      const calls = books().calls.length;
      const webhook = { body: completed(id) };
      expectProblem(await sendFrom(production, address, webhook), "ip_not_allowed", WEBHOOK);
      expect(books().calls.length).toBe(calls);
      expect((await statusOf(id)).json["state"]).toBe("PENDING");
      const again = await sendFrom(production, PHONEPE, webhook);
      expect(again.json).toEqual({ accepted: true, duplicate: false });
    },
  );

  it.each(["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip"])(
    "ASV-4 4.1.3: %s never counts",
    async (name) => {
      const value = name === "forwarded" ? `for=${PHONEPE}` : PHONEPE;
      const webhook = { body: completed(freshId()), moreHeaders: { [name]: value } };
      expectProblem(await sendFrom(production, OUTSIDE, webhook), "ip_not_allowed", WEBHOOK);
      expectProblem(await sendFrom(production, null, webhook), "ip_not_allowed", WEBHOOK);
    },
  );

  it("api.md 5: nothing of an order that we do not know is kept", async () => {
    const event = completed(freshId("stranger"));
    expectProblem(await sendFrom(production, OUTSIDE, { body: event }), "ip_not_allowed", WEBHOOK);
    const list = await call({ path: "/api/payments/webhook-events?matched=false" });
    expect(list.text).not.toContain(event.payload.merchantOrderId);
  });

  it("api.md 5: the list is for HMAC mode and v1 too", async () => {
    const key = TEST_KEYS.beta;
    const order = initiateBody();
    expect((await call({ path: INITIATE, body: order, key })).status).toBe(201);
    const body = JSON.stringify(completed(String(order["merchantOrderId"])));
    const mac = await macOf("hmac-secret-of-beta", body);
    const signed = {
      body,
      authorization: null,
      moreHeaders: { "x-phonepe-checksum-signature": mac },
    };
    expectProblem(await sendFrom(production, OUTSIDE, signed), "ip_not_allowed", WEBHOOK);
    expect((await sendFrom(production, PHONEPE, signed)).status).toBe(200);
    const response = btoa(JSON.stringify({ data: { merchantTransactionId: freshId() } }));
    const digest = await crypto.subtle.digest("SHA-256", utf8(`${response}salt-key-of-beta`));
    const v1 = {
      body: { response },
      authorization: null,
      moreHeaders: { "x-verify": `${new Uint8Array(digest).toHex()}###1` },
    };
    expectProblem(await sendFrom(production, OUTSIDE, v1), "ip_not_allowed", WEBHOOK);
  });

  it("api.md 5: 401 is told before 403, 403 before 400 and 422", async () => {
    const send = (webhook: Webhook) => sendFrom(production, OUTSIDE, webhook);
    const stranger = await send({ body: {}, authorization: "0".repeat(64) });
    expectProblem(stranger, "webhook_signature_invalid", WEBHOOK);
    expectProblem(await send({ body: "{" }), "ip_not_allowed", WEBHOOK);
    expectProblem(await send({ body: {} }), "ip_not_allowed", WEBHOOK);
  });
});

describe("phonepe.webhookIps", () => {
  it.each([
    ["production", production],
    ["development", development],
  ])("api.md 5: takes the published list's place in %s", async (_, app) => {
    const body = initiateBody();
    const key = keyOf("hooked");
    expect((await app.call({ path: INITIATE, body, key })).status).toBe(201);
    const authorization = await authorizationOf("hooked");
    const webhook = { body: completed(String(body["merchantOrderId"])), authorization };
    expectProblem(await sendFrom(app, PHONEPE, webhook), "ip_not_allowed", WEBHOOK);
    expectProblem(await sendFrom(app, null, webhook), "ip_not_allowed", WEBHOOK);
    expect((await sendFrom(app, LISTED, webhook)).json).toMatchObject({ duplicate: false });
  });

  it("api.md 5: one merchant's list is not another's", async () => {
    const authorization = await authorizationOf("alpha");
    const webhook = { body: completed(await newPayment()), authorization };
    expectProblem(await sendFrom(production, LISTED, webhook), "ip_not_allowed", WEBHOOK);
  });
});

describe("in development", () => {
  it.each([OUTSIDE, null])("api.md 5: PhonePe's webhooks are taken from %s", async (address) => {
    const answer = await sendFrom(development, address, { body: completed(await newPayment()) });
    expect(answer.status).toBe(200);
  });
});

describe("webhooks[].allowIps", () => {
  it.each([
    ["production", production],
    ["development", development],
  ])("api.md 5: holds for that provider alone, in %s", async (_, app) => {
    const path = `${WEBHOOK}/zeta`;
    expectProblem(await sendFrom(app, PHONEPE, await zeta()), "ip_not_allowed", path);
    expectProblem(await sendFrom(app, null, await zeta()), "ip_not_allowed", path);
    expect((await sendFrom(app, LISTED, await zeta())).status).toBe(200);
    expect((await sendFrom(app, LISTED, await zeta(`${path}/hooked`))).status).toBe(200);
  });

  it("api.md 5: a provider without a list sends from anywhere, in production as well", async () => {
    const body = JSON.stringify({ event: "charge.settled", id: freshId() });
    const mac = await macOf("bolt-secret", body);
    const moreHeaders = { "x-bolt-mac": mac };
    const webhook = { path: `${WEBHOOK}/bolt`, body, authorization: null, moreHeaders };
    expect((await sendFrom(production, OUTSIDE, webhook)).status).toBe(200);
  });

  it("api.md 5: 401 is told before 403", async () => {
    const path = `${WEBHOOK}/zeta`;
    const webhook = { ...(await zeta()), moreHeaders: { "x-zeta-mac": "0".repeat(64) } };
    const answer = await sendFrom(production, OUTSIDE, webhook);
    expectProblem(answer, "webhook_signature_invalid", path);
  });
});
