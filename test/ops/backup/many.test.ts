import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { merchantOrderIdSchema } from "#base";
import { paymentObjectName } from "#payments";
import { sealedRecordSchema } from "../../../src/payments/record.ts";
import { log } from "../../../src/platform.ts";
import { personalPorts } from "../../../src/wiring/customers.ts";
import { paidPayment, statusOf } from "../../http/payments.ts";
import { freshId } from "../../support/call.ts";
import { backUpInto, type Files, MERCHANT, paymentAt } from "./memory.ts";
import { freshDeployment, restoreAll } from "./world.ts";

declare const RESTORE_PAYMENTS: number;

/** A paid payment as so many others, each under an id of its own. */
async function copiesOf(id: string, count: number) {
  const copied = await env.PAYMENTS.getByName(paymentObjectName(MERCHANT, id)).backup();
  const record = sealedRecordSchema().parse(JSON.parse(copied?.copy ?? ""));
  const [fields, rows] = [
    { contentHash: "h", fingerprint: null },
    { answers: [], outbox: [] },
  ];
  const personal = JSON.stringify({
    fields: { ...fields, paymentDetails: [[]], reasons: [] },
    rows,
  });
  const copies = [];
  for (let n = 0; n < count; n += 1) {
    const merchantOrderId = merchantOrderIdSchema.parse(`many-${String(n).padStart(6, "0")}`);
    const payment = { ...record.facts.payment, merchantOrderId, paymentId: `pay_${n}` };
    const identity = { merchantId: MERCHANT, merchantOrderId, customer: null };
    const envelope = await personalPorts(env).seal(identity, personal);
    const facts = { ...record.facts, payment };
    const copy = JSON.stringify({ v: 1, facts, personal: envelope });
    copies.push({ ...paymentAt(merchantOrderId, payment.amountPaisa), copy });
  }
  return copies;
}

it("27: many payments come back, each to its own object", async () => {
  await freshDeployment();
  const payments = await copiesOf(await paidPayment(), RESTORE_PAYMENTS);
  const files: Files = new Map();
  const backupFromMs = Date.now();
  await backUpInto(files, { name: freshId("job"), payments });
  const restoreFromMs = Date.now();
  // By the job's own alarms: one long request would hold every object that it has called.
  for (const [name, file] of files) await env.BACKUPS.put(name, file);
  const restored = await restoreAll();
  const tookMs = Date.now() - restoreFromMs;
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  log("info", "measured", {
    payments: RESTORE_PAYMENTS,
    bytes,
    backupMs: restoreFromMs - backupFromMs,
    restoreMs: tookMs,
  });
  expect(restored).toMatchObject({
    value: {
      phase: "done",
      payments: { restored: RESTORE_PAYMENTS, known: 0, conflicts: 0, failed: 0 },
    },
  });
  const last = payments.at(-1)?.merchantOrderId ?? "";
  expect((await statusOf(last)).json).toMatchObject({ state: "COMPLETED", capturedAmount: 49_900 });
}, 600_000);
