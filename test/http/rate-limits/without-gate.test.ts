import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type AdmissionPorts, admit } from "#door";
import type { HttpDeps } from "#http";
import { BASE, freshId, initiateBody } from "../../support/call.ts";
import { signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { brokenApp } from "../broken-app.ts";
import { INITIATE, REFUND, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { moveMs, nextWindow, ratesOf, stopClock } from "./limited.ts";

beforeEach(() => {
  stopClock();
  nextWindow();
});
afterAll(() => {
  vi.useRealTimers();
});

const gone = () => Promise.reject(new Error("the gate is gone"));
const ports: Pick<AdmissionPorts, "gateOf"> = {
  gateOf: () => ({ admit: gone, claim: gone, release: gone }),
};
const withoutGate: Pick<HttpDeps, "admit"> = {
  admit: (arrival, afterAnswer) => admit({ ...ports, afterAnswer }, arrival),
};

type Key = (typeof TEST_KEYS)[keyof typeof TEST_KEYS];
const signed = (path: string, body?: object, key: Key = TEST_KEYS.alpha) =>
  signRaw({
    method: body ? "POST" : "GET",
    url: `${BASE}${path}`,
    key,
    ...(body ? { body: new Uint8Array(new TextEncoder().encode(JSON.stringify(body))) } : {}),
  });
const statusPath = () => `/api/payments/status/${freshId()}`;

describe("writes and security without a gate", () => {
  const refund = { merchantOrderId: freshId(), amount: 100, merchantRefundId: freshId() };

  it.each([
    ["initiate", INITIATE, initiateBody()],
    ["refund", REFUND, refund],
    ["webhook events", "/api/payments/webhook-events?matched=false", undefined],
    ["a new API key", "/api/payments/api-keys", { scopes: ["payments:read"] }],
  ])("api.md 4: %s fails closed: 503, when to come again, no effect", async (_, path, body) => {
    const nothing = () => Promise.reject(new Error("must not be reached"));
    const { send, logged } = brokenApp({
      ...withoutGate,
      ...nothingBehind(nothing),
    });
    const before = seen();
    const answer = await send(await signed(path, body));
    expectProblem(answer, "admission_unavailable");
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(ratesOf(answer)).toMatchObject([{ name: "address" }]);
    expect(seen()).toEqual(before);
    expect(logged).toMatchObject([
      { message: "the gate does not answer", error: "the gate is gone" },
    ]);
  });

  it("api.md 1: without a gate a forged signature is a 401 all the same", async () => {
    const { send } = brokenApp(withoutGate);
    const key = { ...TEST_KEYS.alpha, secret: "wrong" };
    const request = await signRaw({ method: "GET", url: `${BASE}${statusPath()}`, key });
    expectProblem(await send(request), "signature_invalid");
  });
});

/** Everything that an operation could have an effect on. */
function nothingBehind(nothing: () => Promise<never>): Partial<HttpDeps> {
  const { payments, apiKeys, ledger } = brokenApp({}).deps;
  return {
    payments: { ...payments, initiate: nothing, refund: nothing },
    apiKeys: { ...apiKeys, create: nothing },
    ledger: { ...ledger, unmatched: nothing, silence: nothing },
  };
}

describe("reads without a gate", () => {
  it("api.md 4: go on up to 10 a second per key, then 503", async () => {
    const { send } = brokenApp(withoutGate);
    const read = async (key?: Key) => send(await signed(statusPath(), undefined, key));
    for (let at = 0; at < 10; at += 1) {
      const answer = await read();
      expectProblem(answer, "payment_not_found");
      expect(ratesOf(answer)).toMatchObject([{ name: "read", q: 10, w: 1, r: 9 - at }]);
    }
    const refused = await read();
    expectProblem(refused, "admission_unavailable");
    expect(refused.headers.get("retry-after")).toBe("2");
    expectProblem(await read(TEST_KEYS.alphaReader), "payment_not_found");
    moveMs(1_000);
    expectProblem(await read(), "payment_not_found");
  });
});
