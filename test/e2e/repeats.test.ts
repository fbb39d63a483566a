import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signRequest } from "#client";
import { callsOf } from "./books.ts";
import {
  books,
  client,
  expectState,
  freshId,
  paid,
  problemOf,
  request,
  stack,
} from "./scenario.ts";

/** What a client does not show of an answer: its status, its headers and its bytes. */
async function post(path: string, body: object, idempotencyKey?: string) {
  const signed = await signRequest(
    {
      method: "POST",
      url: `${stack.gateway}/api/payments/${path}`,
      body: JSON.stringify(body),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
    stack.keys.shop,
    { createdSec: Math.floor(Date.now() / 1_000) },
  );
  const response = await fetch(signed.url, {
    method: signed.method,
    headers: signed.headers,
    ...(signed.body === undefined ? {} : { body: signed.body }),
  });
  return {
    status: response.status,
    replayed: response.headers.get("idempotency-replayed"),
    text: await response.text(),
  };
}

const DUPLICATES = 50;
const many = <Answer>(work: () => Promise<Answer>) =>
  Promise.all(Array.from({ length: DUPLICATES }, work));

describe("repeated calls over HTTP", () => {
  it("I9: 50 concurrent duplicates with one key get the same bytes, all but one marked", async () => {
    const body = request(freshId());
    const key = randomUUID();
    const answers = await many(() => post("initiate", body, key));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter(({ replayed }) => replayed === "true")).toHaveLength(DUPLICATES - 1);
  });

  it("I9: a replay is the first answer byte for byte, also when the payment has moved on", async () => {
    const id = freshId();
    const key = randomUUID();
    const first = await post("initiate", request(id), key);
    await books.settle(id, "success");
    await expectState(id, "COMPLETED");
    const replay = await post("initiate", request(id), key);
    expect(first.replayed).toBeNull();
    expect(replay).toEqual({ ...first, replayed: "true" });
  });

  it("I9: 50 concurrent duplicates without a key place one order", async () => {
    const id = freshId();
    const answers = await many(() => post("initiate", request(id)));
    const created = answers.filter(({ status }) => status === 201);
    const existing = answers.filter(({ status }) => status === 200);
    expect([created.length, existing.length]).toEqual([1, DUPLICATES - 1]);
    expect(new Set(answers.map(({ text }) => JSON.parse(text).redirectUrl)).size).toBe(1);
    expect(await callsOf(books, id, "pay")).toBe(1);
  });

  it("I9: 50 concurrent duplicates of a refund give the money back once", async () => {
    const merchantOrderId = await paid();
    const refund = { merchantRefundId: freshId(), merchantOrderId, amount: 10_000 };
    const key = randomUUID();
    const answers = await many(() => post("refund", refund, key));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await callsOf(books, merchantOrderId, "refund")).toBe(1);
  });

  it("I3: concurrent refunds never exceed the capture", async () => {
    const merchantOrderId = await paid();
    const refund = () =>
      client.refund({ merchantRefundId: freshId(), merchantOrderId, amount: 20_000 });
    const answers = await Promise.allSettled(Array.from({ length: 10 }, refund));
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
  });

  it("UAT-50: a refund id of one order is refused for another", async () => {
    const [one, two] = [await paid(), await paid()];
    const refund = { merchantRefundId: freshId(), merchantOrderId: one, amount: 10_000 };
    await client.refund(refund);
    const problem = await problemOf(client.refund({ ...refund, merchantOrderId: two }));
    expect(problem).toMatchObject({ code: "state_conflict", status: 409 });
    expect((await books.order(two)).refunds).toEqual([]);
  });
});

describe.concurrent("pay calls that hang", () => {
  it("I1: with the order stored and no answer at all, one pay page is handed out", async () => {
    const id = freshId();
    await books.fault("pay", "timeout-after", { merchantOrderId: id });
    const startedMs = Date.now();
    const first = await client.initiate(request(id));
    expect(first.state).toBe("INITIATING");
    expect(first.redirectUrl).toBeUndefined();
    expect(Date.now() - startedMs).toBeLessThan(11_000);
    const { attempts, redirectUrl } = await expectState(id, "PENDING", 40_000);
    expect(attempts.map(({ state }) => state)).toEqual(["ABANDONED", "OPEN"]);
    expect((await client.initiate(request(id))).redirectUrl).toBe(redirectUrl);
  });

  it("I1: an answer that comes after the caller was told to wait brings the one pay page", async () => {
    const id = freshId();
    await books.fault("pay", "delay", { merchantOrderId: id, delayMs: 9_500 });
    expect((await client.initiate(request(id))).state).toBe("INITIATING");
    const { attempts } = await expectState(id, "PENDING", 20_000);
    expect(attempts).toMatchObject([{ n: 1, state: "OPEN", providerOrderId: id }]);
  });
});
