import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { makeApp } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { BASE, freshId, initiateBody } from "../../support/call.ts";
import { signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE, REFUND } from "../payments.ts";
import { authorizationOf, completed, webhookRequest } from "../webhook/send.ts";

const hops: string[] = [];

/** An object that notes each call of its functions before it lets it go on. */
function noting<Target extends object>(target: Target, note: (name: string) => void): Target {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]) => {
        note(name);
        return Reflect.apply(member, target, args);
      };
    },
  });
}

/** A namespace whose stubs note what is called. */
function counted<Namespace extends object>(binding: string, namespace: Namespace): Namespace {
  return new Proxy(namespace, {
    get(_, name) {
      const member: unknown = Reflect.get(namespace, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const stub: unknown = Reflect.apply(member, namespace, args);
        if (typeof stub !== "object" || stub === null) return stub;
        return noting(stub, (method) => hops.push(`${binding}.${method}`));
      };
    },
  });
}

const countedEnv = {
  ...env,
  GATES: counted("GATES", env.GATES),
  PAYMENTS: counted("PAYMENTS", env.PAYMENTS),
  CLAIMS: counted("CLAIMS", env.CLAIMS),
  LEDGERS: counted("LEDGERS", env.LEDGERS),
  VAULTS: counted("VAULTS", env.VAULTS),
  PHONEPE_TOKENS: counted("PHONEPE_TOKENS", env.PHONEPE_TOKENS),
  PROFILES: counted("PROFILES", env.PROFILES),
  CUSTOMERS: counted("CUSTOMERS", env.CUSTOMERS),
  AUDITS: counted("AUDITS", env.AUDITS),
  KEY_REGISTRY: counted("KEY_REGISTRY", env.KEY_REGISTRY),
  ARCHIVE: noting(env.ARCHIVE, (method) => hops.push(`ARCHIVE.${method}`)),
  PAYLOAD_KEYS: counted("PAYLOAD_KEYS", env.PAYLOAD_KEYS),
  TOKENS: noting(env.TOKENS, (method) => hops.push(`TOKENS.${method}`)),
};
const deps = {
  ...wireHttp(countedEnv),
  refusals: { note: () => undefined }, // Delivered in batches, seconds later: refusals.test.ts.
};
const app = makeApp({ depsFor: () => deps, log: () => undefined });

beforeEach(() => {
  hops.length = 0;
});

type Key = (typeof TEST_KEYS)[keyof typeof TEST_KEYS];

interface Ask {
  readonly path: string;
  readonly body?: object;
  readonly key?: Key;
  readonly idempotencyKey?: string;
}

async function statusOf({ path, body, key = TEST_KEYS.gamma, idempotencyKey }: Ask) {
  const request = await signRaw({
    method: body ? "POST" : "GET",
    url: `${BASE}${path}`,
    key,
    ...(body ? { body: new Uint8Array(new TextEncoder().encode(JSON.stringify(body))) } : {}),
    ...(idempotencyKey ? { fields: [["idempotency-key", idempotencyKey]] as const } : {}),
  });
  return (await app.fetch(request, countedEnv)).status;
}

const unsigned = async (path: string, init: RequestInit = {}) =>
  (await app.fetch(new Request(`${BASE}${path}`, init), countedEnv)).status;
const STATUS = "/api/payments/status";

describe("hops of a call", () => {
  it.each([
    ["a status", 404, { path: `${STATUS}/${freshId()}` }, ["GATES.admit", "PAYMENTS.status"]],
    [
      "an initiate",
      201,
      { path: INITIATE, body: initiateBody(), idempotencyKey: freshId("key") },
      ["GATES.admit", "PROFILES.observe", "PAYMENTS.initiate"],
    ],
    [
      "an initiate that tells all of its payer",
      201,
      {
        path: INITIATE,
        body: initiateBody({
          customer: { id: freshId("c") },
          device: { id: freshId("d"), ip: "203.0.113.20" },
        }),
      },
      ["GATES.admit", ...Array.from({ length: 4 }, () => "PROFILES.observe"), "PAYMENTS.initiate"],
    ],
    [
      "a refund",
      404,
      { path: REFUND, body: { merchantOrderId: "x", amount: 1, merchantRefundId: "x" } },
      ["GATES.admit", "PAYMENTS.refund"],
    ],
    ["a call that is not valid", 422, { path: INITIATE, body: {} }, ["GATES.admit"]],
    [
      "a call without the scope",
      403,
      { path: INITIATE, body: {}, key: TEST_KEYS.gammaReader },
      ["GATES.admit"],
    ],
  ] as const)("perf.md: %s (%i)", async (...[, status, ask, expected]) => {
    expect(await statusOf(ask)).toBe(status);
    expect(hops).toEqual(expected);
  });

  it("perf.md: an idempotent initiate of a sharded key asks two gates at most, side by side", async () => {
    const ask = { path: INITIATE, body: initiateBody(), key: TEST_KEYS.alpha };
    expect(await statusOf({ ...ask, idempotencyKey: freshId("key") })).toBe(201);
    expect(hops.at(-1)).toBe("PAYMENTS.initiate");
    const beside = ["GATES.admit", "GATES.claim", "PROFILES.observe"];
    expect(beside).toEqual(expect.arrayContaining(hops.slice(0, -1)));
    expect(hops.length).toBeLessThanOrEqual(4);
  });

  it("perf.md: a webhook asks the payment and nobody else", async () => {
    const id = freshId();
    await statusOf({ path: INITIATE, body: initiateBody({ merchantOrderId: id }) });
    hops.length = 0;
    const authorization = await authorizationOf("gamma");
    const request = await webhookRequest({ body: completed(id), authorization });
    expect((await app.fetch(request, countedEnv)).status).toBe(200);
    expect(hops).toEqual(["PAYMENTS.webhook"]);
  });

  it("perf.md: over its limit a call costs one hop", async () => {
    const ask = { path: "/api/payments/webhook-events?matched=false" };
    for (let at = 0; at < 10; at += 1) await statusOf(ask);
    hops.length = 0;
    expect(await statusOf(ask)).toBe(429);
    expect(hops).toEqual(["GATES.admit"]);
  });

  it("perf.md: what is refused before its signature holds costs none", async () => {
    const wrong = { ...TEST_KEYS.gamma, secret: "wrong" } as const;
    const forged = await signRaw({ method: "GET", url: `${BASE}${STATUS}/x`, key: wrong });
    const nobody = { keyId: "ak_nobody", secret: "x" };
    const unknown = await signRaw({ method: "GET", url: `${BASE}${STATUS}/x`, key: nobody });
    const statuses = [
      await unsigned(INITIATE, { method: "POST", body: "{}" }),
      (await app.fetch(forged, countedEnv)).status,
      (await app.fetch(unknown, countedEnv)).status,
      await unsigned("/api/payments/webhook", { method: "POST", body: "{}" }),
      await unsigned("/nope"),
      await unsigned(INITIATE),
      await unsigned("/api/payments/health"),
    ];
    expect(statuses).toEqual([401, 401, 401, 401, 404, 405, 200]);
    expect(hops).toEqual([]);
  });
});
