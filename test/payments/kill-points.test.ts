/// <reference types="vite/client" />
import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import {
  amountPaisa,
  DAY_MS,
  HOUR_MS,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
} from "#base";
import { INNER_WAITS, paymentObjectName, type Wait, WAITS } from "#payments";
import { NO_RISK } from "../support/no-risk.ts";
import { freshId } from "../support/call.ts";
import { world } from "../support/world.ts";

const MERCHANT = merchantIdSchema.parse("alpha");
const IDENTITY = { requestId: "req_1", keyId: "ak_1" };
const SECOND_MS = 1_000;
const NAMES = Object.keys(WAITS);
const NOTHING_READ = { recordedAtMs: 0, merchantOrderId: "" };
const numbersTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

const viewSchema = z.object({
  state: z.string(),
  capturedAmount: z.number(),
  refundedAmount: z.number(),
  confirmedBy: z.string().nullable(),
  refunds: z.array(z.object({ state: z.string(), amount: z.number() })),
});

/** One payment from beginning to end, as clients and providers drive it; every call is repeated until it is answered. */
class Story {
  readonly orderId = freshId("kill");
  readonly refundIds = [1, 2].map((n) => merchantRefundIdSchema.parse(`${this.orderId}_r${n}`));
  deaths = 0;
  readonly #books = world.providerOf("alpha");
  readonly #triesBefore = world.tries.length;

  #stub() {
    return env.PAYMENTS.getByName(paymentObjectName(MERCHANT, this.orderId));
  }

  /** Lets the object die where it hangs. */
  async #dieIfDying(): Promise<void> {
    if (!world.dying) return;
    world.death = null;
    world.dying = false;
    this.deaths += 1;
    await abortAllDurableObjects();
  }

  /** A client that repeats what was cut off. */
  async #sure<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; tries < 3; tries += 1) {
      const work = call().then(
        (answer) => ({ answer }),
        () => undefined,
      );
      const watched = this.#watch(work);
      const [done] = await Promise.all([work, watched]);
      if (done) return done.answer;
    }
    throw new Error("no answer after three tries");
  }

  /** Kills the object when it hangs at its place of death; ends when the work does. */
  async #watch(work: Promise<unknown>): Promise<void> {
    const state = { over: false };
    const ends = work.then(() => {
      state.over = true;
      return undefined;
    });
    while (!state.over) {
      await scheduler.wait(1);
      await this.#dieIfDying();
    }
    await ends;
  }

  async #alarm(): Promise<void> {
    world.offsetMs += 21 * SECOND_MS;
    await this.#sure(async () => runDurableObjectAlarm(this.#stub()));
  }

  async run(turns = 40): Promise<void> {
    const merchantOrderId = merchantOrderIdSchema.parse(this.orderId);
    const shared = { merchantId: MERCHANT, merchantOrderId, identity: IDENTITY };
    this.#books.nextPay({ type: "unknown", reason: "timeout" }, { stored: true });
    world.answerBudgetMs = 40;
    await this.#sure(() => this.#stub().initiate(this.#order()));
    // The pay URL was lost: the alarm finds the order and has a second one made (its id is claimed first).
    for (let turn = 0; turn < 3; turn += 1) await this.#alarm();
    const payable = [...this.#books.orders.keys()]
      .filter((id) => id.startsWith(this.orderId))
      .at(-1);
    this.#books.settle(payable ?? "", "COMPLETED");
    await this.#sure(async () =>
      this.#stub().webhook({
        eventKey: "paid",
        providerOrderId: payable ?? "",
        refund: null,
        decisive: true,
      }),
    );
    await this.#alarm();
    for (const merchantRefundId of this.refundIds) {
      await this.#sure(async () =>
        this.#stub().refund({
          ...shared,
          merchantRefundId,
          amountPaisa: amountPaisa(4_000),
          reason: null,
          keyHash: merchantRefundId,
        }),
      );
    }
    await this.#sure(async () => this.#stub().status({ refresh: true, identity: IDENTITY }));
    // A copy is made; brought back to a payment that is still there, it changes nothing.
    const copy = await this.#sure(async () => this.#stub().backup());
    const back = await this.#sure(async () => this.#stub().restore(copy?.copy ?? ""));
    if (back.outcome !== "known") throw new Error("a copy is taken for another payment");
    await this.#settle(turns);
  }

  /** The alarm after so long. */
  async later(ms: number): Promise<void> {
    world.offsetMs += ms;
    await this.#alarm();
  }

  /** To the archive, back for a reader, and there again. */
  async restTwice(): Promise<void> {
    // The order whose pay URL was lost ends unpaid, and is looked at for three days more.
    for (const [id, { state }] of this.#books.orders) {
      if (id.startsWith(this.orderId) && state === "PENDING") this.#books.settle(id, "EXPIRED");
    }
    await this.#days(4);
    await this.#days(181);
    await this.#sure(async () => this.#stub().status({ refresh: false, identity: IDENTITY }));
    await this.#days(8);
  }

  /** Past the time for which anything is kept. */
  async outlive(): Promise<void> {
    await this.#days(8);
    await this.#days(2_557);
  }

  /** A few alarms after so many days: one that died, or waits for an hour, is followed by another. */
  async #days(days: number): Promise<void> {
    world.offsetMs += days * DAY_MS;
    for (let turn = 0; turn < 3; turn += 1) await this.later(HOUR_MS);
  }

  async place(): Promise<unknown> {
    return runInDurableObject(this.#stub(), (_, { storage }) =>
      storage.sql.exec("SELECT place FROM residence").one(),
    );
  }

  /** What an initiate of the same order is told. */
  async again(): Promise<string> {
    return (await this.#stub().initiate(this.#order())).outcome;
  }

  #order() {
    return {
      merchantId: MERCHANT,
      merchantOrderId: merchantOrderIdSchema.parse(this.orderId),
      identity: IDENTITY,
      amountPaisa: amountPaisa(10_000),
      order: { redirectUrl: "https://shop.example", expireAfterSec: 900 },
      route: ["phonepe"] as const,
      contentHash: "content",
      customer: "c".repeat(64),
      configVersion: 0,
      risk: NO_RISK,
      keyHash: "key",
    };
  }

  async #settle(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      for (const id of this.refundIds) {
        if (this.#books.refunds.has(id)) this.#books.settleRefund(id, "COMPLETED");
      }
      await this.#alarm();
    }
    await evictDurableObject(this.#stub()).catch(() => undefined);
  }

  /** What must be the same whatever died on the way. */
  async end() {
    const answer = await this.#stub().status({ refresh: false, identity: IDENTITY });
    if (answer.outcome !== "found") throw new Error("the payment is lost");
    const told = world.tries.slice(this.#triesBefore).map(({ type }) => type);
    const view = viewSchema.parse(JSON.parse(answer.body));
    const ledger = await env.LEDGERS.getByName(MERCHANT).recorded(NOTHING_READ, 1_000);
    const fact = ledger.find(({ merchantOrderId }) => merchantOrderId === this.orderId);
    const published = world.published.flatMap(({ facts, events }) =>
      facts.merchantOrderId === this.orderId ? events.map(({ details }) => details["seq"]) : [],
    );
    return {
      ...view,
      ledger: [fact?.state, fact?.capturedPaisa, fact?.refundedPaisa],
      unpublished: numbersTo(fact?.eventSeq ?? 0).filter((seq) => !published.includes(seq)),
      captures: [...this.#books.orders].filter(
        ([id, order]) => id.startsWith(this.orderId) && order.state === "COMPLETED",
      ).length,
      booked: this.refundIds.map((id) => this.#books.refunds.get(id)?.amountPaisa),
      told: [...new Set(told)].toSorted(),
    };
  }
}

const EXPECTED = {
  state: "COMPLETED",
  capturedAmount: 10_000,
  refundedAmount: 8_000,
  confirmedBy: "status_api",
  refunds: [
    { state: "COMPLETED", amount: 4_000 },
    { state: "COMPLETED", amount: 4_000 },
  ],
  ledger: ["COMPLETED", 10_000, 8_000],
  unpublished: [],
  captures: 1,
  booked: [4_000, 4_000],
  told: ["payment.completed", "refund.completed"],
};

afterEach(() => world.renew());

describe("I6: a death at every place where a payment waits", () => {
  it("without a death the story passes every place but parking", async () => {
    const story = new Story();
    await story.run();
    expect(await story.end()).toEqual(EXPECTED);
    await story.restTwice();
    expect(await story.end()).toEqual(EXPECTED);
    await story.outlive();
    const passed = new Set([...world.passed.keys()].map((name) => name.split(" ")[0]));
    expect(NAMES.filter((name) => !passed.has(name))).toEqual(["park"]);
  });

  const PLACES: [Wait, "before" | "after", number][] = (
    [
      "pay",
      "order_status",
      "refund",
      "refund_status",
      "claim",
      "deliver",
      "note_end",
      "publish",
      "enrol",
      "personal_seal",
      "personal_open",
    ] as const
  ).flatMap((wait) =>
    (["before", "after"] as const).flatMap((side) =>
      [1, 2].map((nth): [Wait, "before" | "after", number] => [wait, side, nth]),
    ),
  );

  it.each(PLACES)("I6: %s, %s it, time %i: the end is the same", async (wait, side, nth) => {
    world.death = { wait, side, nth };
    const story = new Story();
    await story.run();
    expect(await story.end()).toEqual(EXPECTED);
    // The story does not pass every place twice; where it gets there it dies, and it gets everywhere once.
    const met = (world.passed.get(`${wait} ${side}`) ?? 0) >= nth;
    expect(story.deaths).toBe(met || nth === 1 ? 1 : 0);
  });

  // The story has sealed and opened one copy. The next time of each is on the way there, the one after on the way back.
  const REST_PLACES = (
    [
      ["personal_seal", 2],
      ["archive_write", 1],
      ["archive_read", 1],
      ["personal_open", 2],
      ["archive_read", 2],
      ["personal_open", 3],
    ] as const
  ).flatMap(([wait, nth]) =>
    (["before", "after"] as const).map((side) => [wait, side, nth] as const),
  );

  it.each(REST_PLACES)(
    "I6: on the way to the archive and back, %s, %s it, time %i: nothing is lost",
    async (wait, side, nth) => {
      const story = new Story();
      await story.run(8);
      world.death = { wait, side, nth };
      await story.restTwice();
      expect(story.deaths).toBe(1);
      expect(await story.place()).toEqual({ place: "archived" });
      expect(await story.end()).toEqual(EXPECTED);
      expect(await story.again()).toBe("existing");
    },
  );

  it.each([
    ["forget", "before"],
    ["forget", "after"],
    ["archive_remove", "before"],
    ["archive_remove", "after"],
  ] as const)(
    "PCI-3.2.1: after seven years, a death %s, %s it: the record goes, the id stays used",
    async (wait, side) => {
      const story = new Story();
      await story.run(8);
      await story.restTwice();
      world.death = { wait, side, nth: 1 };
      await story.outlive();
      expect(story.deaths).toBe(1);
      expect(await story.place()).toEqual({ place: "removed" });
      expect(await story.again()).toBe("conflict");
      await expect(async () => story.end()).rejects.toThrow("the payment is lost");
    },
  );

  it("I7: an event that nobody takes goes out when it is taken again, and holds up no money", async () => {
    world.publishAway = true;
    const story = new Story();
    await story.run();
    const away = await story.end();
    expect({ ...away, ledger: [], unpublished: [] }).toEqual({ ...EXPECTED, ledger: [] });
    expect(away.ledger).toEqual([undefined, undefined, undefined]);
    world.publishAway = false;
    await story.later(HOUR_MS);
    expect(await story.end()).toEqual(EXPECTED);
  });

  it.each([1, 2])(
    "I8: a notification that is parked when the object dies is parked all the same (time %i)",
    async (nth) => {
      world.deliver = async () => ({ type: "hopeless", reason: "endpoint_gone" });
      world.death = { wait: "park", side: "after", nth };
      const story = new Story();
      await story.run();
      const { told: _, ...end } = await story.end();
      const { told: __, ...expected } = EXPECTED;
      expect(end).toEqual(expected);
      const parked = await env.LEDGERS.getByName(MERCHANT).parked();
      const ours = parked.filter((row) => row.merchantOrderId === story.orderId);
      expect(ours.map(({ type }) => type).toSorted()).toEqual([
        "payment.completed",
        "refund.completed",
        "refund.completed",
      ]);
    },
  );

  it("style.md 7: every await of the payments room is a place that has a name", () => {
    const sources = import.meta.glob<string>("../../src/payments/*.ts", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const known = [...Object.values(WAITS), ...INNER_WAITS];
    const unnamed = Object.entries(sources).flatMap(([file, text]) => {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\/\/.*/g, "");
      return [...code.matchAll(/\bawait\b([^;]*)/g)]
        .map(([, rest = ""]) => rest.replaceAll(/\s+/g, ""))
        .filter((rest) => !known.some((name) => rest.includes(name.replaceAll(/\s+/g, ""))))
        .map((rest) => `${file}: await ${rest.slice(0, 60)}`);
    });
    expect(unnamed).toEqual([]);
  });
});
