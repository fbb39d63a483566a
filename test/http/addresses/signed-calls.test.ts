import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { freshId, initiateBody, type TestCall } from "../../support/call.ts";
import { keyOf, TEST_KEYS, testMerchant } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const INSIDE = "192.0.2.7";
const INSIDE_6 = "2001:db8::7";
const OUTSIDE = "198.51.100.1";

const keyWith = (id: string, more: Readonly<Record<string, unknown>>) => ({
  ...testMerchant(id).apiKeys[0],
  ...more,
});

/** A merchant with a list, one whose key has one, one with both, one whose limit is used up by the first call. */
const app = appWith([
  testMerchant("listed", { allowIps: ["192.0.2.0/24", "2001:db8::/32"] }),
  testMerchant("keyed", { apiKeys: [keyWith("keyed", { allowIps: [INSIDE] })] }),
  testMerchant("both", {
    allowIps: ["192.0.2.0/24"],
    apiKeys: [keyWith("both", { allowIps: [INSIDE, OUTSIDE] })],
  }),
  testMerchant("limited", {
    allowIps: ["192.0.2.0/24"],
    limits: { initiate: { quota: 1, windowSec: 60 } },
  }),
  testMerchant("reader", {
    allowIps: ["192.0.2.0/24"],
    apiKeys: [keyWith("reader", { scopes: ["payments:read"] })],
  }),
]);

const from = (address: string | null, more: Partial<TestCall> = {}) => ({
  path: INITIATE,
  body: initiateBody(),
  moreHeaders: address === null ? {} : { "cf-connecting-ip": address },
  ...more,
});

const ordersOf = (merchantId: string) => world.providerOf(merchantId).orders.size;

/** Refused, and the provider saw nothing. */
async function expectRefused(
  merchantId: string,
  request: TestCall,
  code: Parameters<typeof expectProblem>[1] = "ip_not_allowed",
): Promise<void> {
  const before = ordersOf(merchantId);
  expectProblem(await app.call({ key: keyOf(merchantId), ...request }), code, INITIATE);
  expect(ordersOf(merchantId)).toBe(before);
}

async function expectTaken(merchantId: string, request: TestCall): Promise<void> {
  expect((await app.call({ key: keyOf(merchantId), ...request })).status).toBe(201);
}

describe("403 ip_not_allowed", () => {
  it("api.md 2: the merchant's list is for all its keys", async () => {
    await expectTaken("listed", from(INSIDE));
    await expectTaken("listed", from(INSIDE_6));
    await expectTaken("listed", from(`::ffff:${INSIDE}`));
    await expectRefused("listed", from(OUTSIDE));
    await expectRefused("listed", from("2001:db9::7"));
  });

  it("api.md 2: a key's list is for that key", async () => {
    await expectTaken("keyed", from(INSIDE));
    await expectRefused("keyed", from("192.0.2.8"));
  });

  it("api.md 2: with two lists both must hold", async () => {
    await expectTaken("both", from(INSIDE));
    await expectRefused("both", from("192.0.2.8"));
    await expectRefused("both", from(OUTSIDE));
  });

  it("api.md 2: without a list every address may come, and none at all", async () => {
    for (const address of [OUTSIDE, null]) {
      const key = TEST_KEYS.alpha;
      expect((await app.call({ key, ...from(address) })).status).toBe(201);
    }
  });

  it.each(["", "unknown", `${INSIDE}, ${OUTSIDE}`, `${INSIDE}:443`, "192.0.2", "0300.0.2.7"])(
    "ASV-4: with a list an address %j is refused",
    async (address) => expectRefused("listed", from(address)),
  );

  it("ASV-4: with a list a caller of whom no address is known is refused", async () => {
    await expectRefused("listed", from(null));
  });

  it.each(["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip", "x-client-ip"])(
    "ASV-4 4.1.3: %s never counts",
    async (name) => {
      const value = name === "forwarded" ? `for=${INSIDE}` : INSIDE;
      await expectRefused("listed", from(null, { moreHeaders: { [name]: value } }));
      const moreHeaders = { [name]: value, "cf-connecting-ip": OUTSIDE };
      await expectRefused("listed", from(null, { moreHeaders }));
    },
  );
});

describe("order of answers", () => {
  it("api.md 1: 401 is told before 403", async () => {
    const key = { ...keyOf("listed"), secret: "wrong" };
    await expectRefused("listed", from(OUTSIDE, { key }), "signature_invalid");
  });

  it("api.md 1: 429 is told before 403", async () => {
    await expectTaken("limited", from(INSIDE));
    await expectRefused("limited", from(OUTSIDE), "rate_limited");
  });

  it("api.md 1: 403 is told before 415, 400, 422", async () => {
    await expectRefused("listed", from(OUTSIDE, { contentType: "text/plain" }));
    await expectRefused("listed", from(OUTSIDE, { body: "{" }));
    await expectRefused("listed", from(OUTSIDE, { contentType: "application/jose", body: "a.b" }));
    await expectRefused("listed", from(OUTSIDE, { body: { amount: 1 } }));
  });

  it("api.md 2: the address is told before the scope", async () => {
    await expectRefused("reader", from(OUTSIDE));
    await expectRefused("reader", from(INSIDE), "scope_missing");
  });

  it("IDM-3: a call from outside leaves no idempotency key behind", async () => {
    const idempotencyKey = freshId("key");
    await expectRefused("listed", from(OUTSIDE, { idempotencyKey }));
    await expectTaken("listed", from(INSIDE, { idempotencyKey }));
  });

  it("IDM-3: a key that is taken says nothing to a call from outside", async () => {
    const idempotencyKey = freshId("key");
    await expectTaken("listed", from(INSIDE, { idempotencyKey }));
    await expectRefused("listed", from(OUTSIDE, { idempotencyKey }));
  });
});
