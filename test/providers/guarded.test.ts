import { describe, expect, it } from "vitest";
import { makeGuarded, makePhonePeClient } from "#providers";
import type { Breaker } from "../../src/providers/breaker-view.ts";
import type { OutboundRequest, OutboundResult } from "../../src/providers/outbound.ts";
import { answer, NOW_MS, ORDER_ID, PAY, REFUND } from "./fake-line.ts";

const REQUEST = { method: "GET", url: "https://pg.example/a", headers: {} } as const;
const DOWN = answer(503, "");
const TIMED_OUT: OutboundResult = { type: "no_answer", reason: "timeout" };

/** Calls that take `tookMs` each by a clock that also moves while it sleeps; the breaker is open or writes down. */
function makeScene(script: readonly OutboundResult[], { open = false, tookMs = 0 } = {}) {
  const answers = [...script];
  const asked: OutboundRequest[] = [];
  const slept: number[] = [];
  const left: boolean[] = [];
  let nowMs = NOW_MS;
  const breaker: Breaker = {
    enter: async () => (open ? undefined : { probe: null }),
    leave: (_operation, _pass, failed) => left.push(failed),
    exchange: async () => ({}),
  };
  const guarded = makeGuarded({
    breaker,
    nowMs: () => nowMs,
    random: () => 0.5,
    async sleep(ms) {
      slept.push(ms);
      nowMs += ms;
    },
    async outbound(request) {
      asked.push(request);
      nowMs += Math.min(tookMs, request.timeoutMs);
      return answers.shift() ?? answer(200, {});
    },
  });
  const client = makePhonePeClient({
    guarded,
    pgUrl: "https://pg.example/apis/pg",
    checkoutScriptUrl: "https://pg.example/checkout.js",
    nowMs: () => nowMs,
    tokens: {
      get: async () => ({
        ok: true,
        token: { accessToken: "t", tokenType: "O-Bearer", refreshAtMs: nowMs, expiresAtMs: nowMs },
      }),
      renew: async () => ({ ok: false, reason: "none" }),
    },
  });
  return { guarded, client, asked, slept, left, elapsedMs: () => nowMs - NOW_MS };
}

describe("guarded", () => {
  it("design.md 26: a read is repeated until it is answered", async () => {
    const scene = makeScene([DOWN, TIMED_OUT, answer(200, { ok: true })]);
    expect(await scene.guarded("order_status", REQUEST)).toMatchObject({ status: 200 });
    expect(scene.slept).toEqual([125, 250]);
    expect(scene.left).toEqual([true, true, false]);
  });

  it("design.md 26: its tries end at three", async () => {
    const scene = makeScene([DOWN, DOWN, DOWN, DOWN]);
    expect(await scene.guarded("refund_status", REQUEST)).toEqual(DOWN);
    expect(scene.asked).toHaveLength(3);
  });

  it("design.md 26: a later try gets what is left of the budget, and the sum stays in it", async () => {
    const scene = makeScene([TIMED_OUT, TIMED_OUT, TIMED_OUT], { tookMs: 60_000 });
    expect(await scene.guarded("order_status", REQUEST)).toEqual(TIMED_OUT);
    expect(scene.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([5_000, 2_875]);
    expect(scene.elapsedMs()).toBeLessThanOrEqual(8_000);
  });

  it("contract.md 3.4: a pay or refund that was not answered is not sent again", async () => {
    const scene = makeScene([DOWN, DOWN]);
    expect(await scene.client.pay(PAY)).toEqual({ type: "unknown", reason: "http_503" });
    expect(await scene.client.refund(REFUND)).toEqual({ type: "unknown", reason: "http_503" });
    expect(scene.asked.map(({ timeoutMs }) => timeoutMs)).toEqual([12_000, 12_000]);
  });

  it("design.md 5: 4xx are no failures to the breaker", async () => {
    const scene = makeScene([400, 401, 404, 408, 417, 429].map((status) => answer(status, "")));
    for (let call = 0; call < 6; call += 1) await scene.guarded("pay", REQUEST);
    expect(scene.left).toEqual([false, false, false, false, false, false]);
  });
});

describe("PhonePe behind an open breaker", () => {
  const scene = makeScene([], { open: true });

  it("design.md 5: a pay or refund was not sent, so no order exists", async () => {
    const expected = { type: "not_sent", reason: "breaker_open" };
    expect(await scene.client.pay(PAY)).toEqual(expected);
    expect(await scene.client.refund(REFUND)).toEqual(expected);
  });

  it("design.md 5: a read finds the provider out of reach, never that something is missing", async () => {
    const expected = { type: "unreachable", reason: "breaker_open" };
    expect(await scene.client.orderStatus(ORDER_ID)).toEqual(expected);
    expect(await scene.client.refundStatus(REFUND)).toEqual(expected);
  });

  it("design.md 5: no call leaves", async () => {
    await scene.client.pay(PAY);
    expect(scene.asked).toEqual([]);
    expect(scene.left).toEqual([]);
  });
});
