import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BASE, call, initiateBody, send, type TestAnswer } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import { moveMs, nextWindow, ratesOf, stopClock } from "./limited.ts";

beforeEach(() => {
  stopClock();
  nextWindow();
});
afterAll(() => {
  vi.useRealTimers();
});

let addresses = 0;
const freshAddress = () => `198.51.100.${(addresses += 1)}`;
const from = (address: string) => ({ "cf-connecting-ip": address });

/** A call whose signature does not hold. */
const forged = (address: string) =>
  call({
    path: INITIATE,
    body: {},
    key: { ...TEST_KEYS.alpha, secret: "wrong" },
    moreHeaders: from(address),
  });
const unsigned = (address: string) =>
  send(new Request(`${BASE}${INITIATE}`, { method: "POST", body: "{}", headers: from(address) }));
const webhook = (address: string) =>
  send(
    new Request(`${BASE}/api/payments/webhook`, {
      method: "POST",
      body: "{}",
      headers: { ...from(address), authorization: "0".repeat(64) },
    }),
  );
const good = (address: string) =>
  call({ path: INITIATE, body: initiateBody(), moreHeaders: from(address) });

async function times(count: number, ask: (at: number) => Promise<TestAnswer>): Promise<number[]> {
  const statuses = [];
  for (let at = 0; at < count; at += 1) statuses.push((await ask(at)).status);
  return [...new Set(statuses)];
}

describe("refused signatures of an address", () => {
  it("api.md 4: 600 in a minute are 401, the 601st is 429 and says when to come again", async () => {
    const address = freshAddress();
    expect(await times(599, () => unsigned(address))).toEqual([401]);
    const last = await forged(address);
    expectProblem(last, "signature_invalid");
    expect(ratesOf(last)).toEqual([{ name: "address", q: 600, w: 60, r: 0, t: 60 }]);
    moveMs(10_000);
    const refused = await forged(address);
    expectProblem(refused, "rate_limited");
    expect(refused.headers.get("retry-after")).toBe("50");
    expect(ratesOf(refused)).toEqual([{ name: "address", q: 600, w: 60, r: 0, t: 50 }]);
    moveMs(50_000);
    expectProblem(await forged(address), "signature_invalid");
  });

  it("ADR 7: a good signature from the same address comes in, another address is not concerned", async () => {
    const address = freshAddress();
    await times(600, () => unsigned(address));
    expect((await unsigned(address)).status).toBe(429);
    const answer = await good(address);
    expect(answer.status).toBe(201);
    expect(ratesOf(answer)[0]).toMatchObject({ name: "initiate" });
    expect((await forged(freshAddress())).status).toBe(401);
  });

  it("api.md 4: webhooks whose credentials do not hold count with them", async () => {
    const address = freshAddress();
    expect(await times(300, () => webhook(address))).toEqual([401]);
    expect(await times(300, () => unsigned(address))).toEqual([401]);
    expectProblem(await webhook(address), "rate_limited");
    expectProblem(await unsigned(address), "rate_limited");
  });

  it("api.md 4: IPv6 is counted by /64, of which a caller can use any address", async () => {
    const inNetwork = (at: number) => `2001:db8:1:2:${at.toString(16)}::${at.toString(16)}`;
    expect(await times(600, (at) => unsigned(inNetwork(at)))).toEqual([401]);
    expectProblem(await unsigned("2001:db8:1:2:ffff:ffff:ffff:ffff"), "rate_limited");
    expect((await unsigned("2001:db8:1:3::1")).status).toBe(401);
  });

  it("api.md 4: what other answers find wrong counts nothing", async () => {
    const address = freshAddress();
    await good(address);
    await call({ path: INITIATE, body: {}, moreHeaders: from(address) });
    await send(new Request(`${BASE}/nope`, { headers: from(address) }));
    const answer = await send(new Request(`${BASE}/nope`, { headers: from(address) }));
    expect(ratesOf(answer)).toMatchObject([{ r: 600 }]);
  });

  it("ASV-4 4.1.3: headers that a client sends about its address count nothing", async () => {
    const headers = { "x-forwarded-for": "203.0.113.77", "x-real-ip": "203.0.113.77" };
    const request = () => new Request(`${BASE}${INITIATE}`, { method: "POST", headers });
    for (let at = 0; at < 3; at += 1) await send(request());
    expect(ratesOf(await unsigned("203.0.113.77"))).toMatchObject([{ r: 599 }]);
  });
});
