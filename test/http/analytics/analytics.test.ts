import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, merchantIdSchema, MINUTE_MS } from "#base";
import { paymentObjectName } from "#payments";
import { paymentFacts } from "../../support/payment-facts.ts";
import { call } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { paidPayment } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

const PATH = "/api/payments/analytics";
const ALPHA = merchantIdSchema.parse("alpha");
const ask = (query = "", more = {}) => callAsPromised(PATH, { path: `${PATH}${query}`, ...more });

beforeEach(() => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
});
afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

async function publishedPayment(): Promise<string> {
  const id = await paidPayment();
  world.offsetMs += MINUTE_MS;
  await runDurableObjectAlarm(env.PAYMENTS.getByName(paymentObjectName(ALPHA, id)));
  return id;
}

describe("GET /api/payments/analytics", () => {
  it("24: a payment that was paid is in the sums once its events are out", async () => {
    await publishedPayment();
    const to = world.nowMs() + DAY_MS;
    const { json } = await ask(`?to=${to}&from=${to - 3 * DAY_MS}&by=provider`);
    expect(json).toMatchObject({
      totals: { payments: 1, opened: 1, completed: 1, successRate: 1, capturedAmount: 49_900 },
      rows: [{ key: "phonepe", payments: 1 }],
    });
  });

  it("24: by default the last day, by days of India", async () => {
    const to = 20 * DAY_MS;
    expect((await ask(`?to=${to}`)).json).toMatchObject({
      period: { from: 19 * DAY_MS, to, utcOffset: 330 },
      by: "day",
    });
  });

  it("API-1: another merchant's payments are not in them", async () => {
    await publishedPayment();
    const { json } = await ask(`?from=0&to=${DAY_MS}`, { key: TEST_KEYS.beta });
    expect(json["totals"]).toMatchObject({ payments: 0, successRate: null });
  });

  it("24: as CSV, in which no value becomes a formula", async () => {
    const ledger = env.LEDGERS.getByName("gamma");
    const errorCode = '=HYPERLINK("https://evil.example"),x';
    await ledger.record(paymentFacts({ errorCode, state: "FAILED", endedAtMs: 5 }));
    const answer = await call({
      path: `${PATH}?from=0&to=${DAY_MS}&by=error`,
      key: TEST_KEYS.gamma,
      moreHeaders: { accept: "text/csv" },
    });
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const [head, row, end] = answer.text.split("\r\n");
    expect(head).toMatch(/^error,payments,opened,completed,/);
    expect(row).toMatch(/^"'=HYPERLINK\(""https:\/\/evil\.example""\),x",1,1,0,1,/);
    expect(end).toBe("");
  });

  it.each([
    ["?from=5&to=5", "/from"],
    [`?from=0&to=${401 * DAY_MS}`, "/from"],
    ["?by=customer", "/by"],
    ["?from=x", "/from"],
    ["?utcOffset=900", "/utcOffset"],
    ["?more=1", "/more"],
  ])("api.md 2: %s is refused where it is wrong", async (query, place) => {
    const answer = await ask(query);
    expectProblem(answer, "validation_failed");
    expect(pointersOf(answer)).toContain(place);
  });

  it("api.md 1: it takes security:read", async () => {
    expectProblem(await ask("", { key: TEST_KEYS.alphaReader }), "scope_missing");
  });

  it("a ledger that does not answer: 503, and when to come again", async () => {
    vi.spyOn(env.LEDGERS, "getByName").mockImplementation(() => {
      throw new Error("away");
    });
    expectProblem(await ask(), "admission_unavailable");
  });
});
