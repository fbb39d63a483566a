import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, merchantIdSchema, merchantOrderIdSchema } from "#base";
import type { Bindings } from "../../src/env.ts";
import { archiveOf } from "../../src/wiring/archive.ts";
import { runScheduled, wireAudit, wireCustomers, wirePayments } from "../../src/wiring/index.ts";
import { residencyPorts } from "../../src/wiring/residency.ts";
import { freshId } from "../support/call.ts";
import { paymentFacts } from "../support/payment-facts.ts";
import { backUp, envWith, freshDeployment } from "../ops/backup/world.ts";
import { fakeS3, type FakeS3 } from "../support/fake-s3.ts";

const ALPHA = merchantIdSchema.parse("alpha");
const HOURLY = "17 * * * *";
const SLOT_MS = 1_800_000;
const ledger = () => env.LEDGERS.getByName(ALPHA);

let store: FakeS3;
let resident: Bindings;

beforeEach(async () => {
  await freshDeployment();
  store = fakeS3();
  resident = envWith({ RESIDENCY: JSON.stringify(store.settings) });
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => store.fetch(new Request(url, init)));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const COMPLETED = { state: "COMPLETED", amountPaisa: 49_900, capturedPaisa: 49_900 } as const;

async function recordedPayment(endedAtMs: number): Promise<string> {
  const merchantOrderId = freshId("res");
  const times = { createdAtMs: endedAtMs, updatedAtMs: endedAtMs, endedAtMs };
  await ledger().record(paymentFacts({ ...COMPLETED, ...times, merchantOrderId, eventSeq: 3 }));
  return merchantOrderId;
}

const rowOf = async (merchantOrderId: string) =>
  (await ledger().recorded({ recordedAtMs: 0, merchantOrderId: "" }, 100)).find(
    (row) => row.merchantOrderId === merchantOrderId,
  );

describe("with RESIDENCY", () => {
  it("IND-2: a finished payment leaves its object within half a day, into the bucket in India only", async () => {
    expect(wirePayments(resident).liveMs).toBe(12 * HOUR_MS);
    const place = {
      merchantId: ALPHA,
      merchantOrderId: merchantOrderIdSchema.parse(await recordedPayment(Date.now())),
    };
    const archive = archiveOf(resident);
    await archive.write(place, "a record");
    expect([...store.files.keys()]).toEqual([`archive/payments/alpha/${place.merchantOrderId}`]);
    expect([...store.files.values()].join()).not.toContain("a record");
    expect((await env.ARCHIVE.list()).objects).toEqual([]);
    expect(await archive.read(place)).toBe("a record");
    await archive.remove(place);
    expect(store.files.size).toBe(0);
  });

  it("IND-1: the index keeps that the payment exists, no amount and no state, until it changes", async () => {
    const merchantOrderId = await recordedPayment(Date.now());
    const place = {
      merchantId: ALPHA,
      merchantOrderId: merchantOrderIdSchema.parse(merchantOrderId),
    };
    await archiveOf(resident).write(place, "a record");
    expect(await rowOf(merchantOrderId)).toMatchObject({
      paymentId: "",
      state: "",
      amountPaisa: 0,
      capturedPaisa: 0,
      updatedAtMs: 0,
      eventSeq: 3,
    });
    const refunded = { ...COMPLETED, merchantOrderId, refundedPaisa: 100, eventSeq: 4 };
    await ledger().record(paymentFacts(refunded));
    expect(await rowOf(merchantOrderId)).toMatchObject({
      paymentId: "pay_1",
      amountPaisa: 49_900,
      refundedPaisa: 100,
      createdAtMs: 1,
    });
  });

  it("IND-1: the sums keep a payment that left, and a later change of it is not counted twice", async () => {
    const merchantOrderId = await recordedPayment(SLOT_MS);
    const place = {
      merchantId: ALPHA,
      merchantOrderId: merchantOrderIdSchema.parse(merchantOrderId),
    };
    await archiveOf(resident).write(place, "a record");
    await ledger().record(paymentFacts({ ...COMPLETED, merchantOrderId, eventSeq: 4 }));
    const query = { fromMs: 0, toMs: DAY_MS, by: "day", utcOffsetMinutes: 0 } as const;
    expect((await ledger().analytics(query)).totals).toMatchObject({ payments: 1, completed: 1 });
  });

  it("IND-2: a bucket that is away takes nothing, and the index stays whole", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new Error("away")));
    const merchantOrderId = await recordedPayment(Date.now());
    const place = {
      merchantId: ALPHA,
      merchantOrderId: merchantOrderIdSchema.parse(merchantOrderId),
    };
    await expect(archiveOf(resident).write(place, "a record")).rejects.toThrow("cannot be reached");
    expect(await rowOf(merchantOrderId)).toMatchObject({ state: "COMPLETED", amountPaisa: 49_900 });
  });

  it("segments of the audit log and customers' keys rest in India too", async () => {
    await wireAudit(resident).bucket.put("alpha/000001", "a segment");
    await wireCustomers(resident).copiesOf("alpha/hash").write("a key");
    expect([...store.files.keys()]).toEqual(["audit/alpha/000001", "backups/persons/alpha/hash"]);
    expect(await wireCustomers(resident).copiesOf("alpha/hash").read()).toBe("a key");
  });

  it("what rested in R2 before moves home by the hourly job, backups too", async () => {
    const manifest = await backUp();
    await env.ARCHIVE.put("payments/alpha/old", "an old record");
    await runScheduled(HOURLY, resident);
    expect(store.files.get("archive/payments/alpha/old")).toBe("an old record");
    expect(store.files.has(`backups/${manifest}`)).toBe(true);
    for (const bucket of [env.ARCHIVE, env.BACKUPS, env.AUDIT_SEGMENTS]) {
      expect((await bucket.list()).objects).toEqual([]);
    }
  });

  it("one bucket that may not be emptied holds up no other", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    await env.ARCHIVE.put("payments/alpha/old", "an old record");
    await env.AUDIT_SEGMENTS.put("alpha/000001", "locked");
    const locked = {
      list: () => env.ARCHIVE.list(),
      get: (name: string) => env.ARCHIVE.get(name),
      delete: () => Promise.reject(new Error("locked")),
    };
    await runScheduled(HOURLY, Object.assign({}, resident, { ARCHIVE: locked }));
    expect((await env.AUDIT_SEGMENTS.list()).objects).toEqual([]);
  });
});

describe("the report on where payment data rests", () => {
  const reportOf = (bindings: Bindings) => residencyPorts(bindings).report();

  it("IND-2: off by default, and then it claims nothing", async () => {
    expect(await reportOf(env)).toMatchObject({ mode: "off", localized: false });
  });

  it("IND-1: each thing that speaks against it is found, and nothing when all is well", async () => {
    expect(await reportOf(resident)).toMatchObject({ localized: false, findings: ["no_export"] });
    const manifest = await backUp();
    await env.ARCHIVE.put("payments/alpha/old", "an old record");
    await recordedPayment(Date.now() - DAY_MS - 1);
    expect(await reportOf(resident)).toMatchObject({
      mode: "on",
      localized: false,
      findings: ["purge_overdue", "records_left_in_r2"],
      store: { location: "Mumbai, India" },
      export: { name: manifest, receipt: "given_back_unchanged" },
    });
    await freshDeployment();
    const next = await backUp();
    await runScheduled(HOURLY, resident);
    expect(await reportOf(resident)).toMatchObject({ localized: true, findings: [] });
    store.files.set(`backups/${next}`, "changed");
    expect(await reportOf(resident)).toMatchObject({ findings: ["export_missing"] });
    expect(JSON.stringify(await reportOf(resident))).not.toContain(store.settings.secretAccessKey);
  });

  it("an hourly export that stopped is late after three hours", async () => {
    await backUp();
    await runScheduled(HOURLY, resident);
    const nowMs = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(nowMs + 3 * HOUR_MS + 1);
    expect(await reportOf(resident)).toMatchObject({ findings: ["export_late"] });
  });
});
