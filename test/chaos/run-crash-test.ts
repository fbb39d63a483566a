/**
 * Gateway under load, killed N times, then compared with the provider's books (audit.ts) and with itself
 * (history.ts). At the end nobody asks the provider to be asked: webhooks and alarms alone must bring the truth.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, type PaymentStatus, ProblemError } from "#client";
import { sandboxSecrets } from "../dev/dev-vars.ts";
import { freePort } from "../dev/processes.ts";
import { booksOf } from "../e2e/books.ts";
import { startSandbox } from "../e2e/sandbox-process.ts";
import { gatewayVars, stackSecrets } from "../e2e/stack.ts";
import {
  acknowledgedWebhooks,
  audit,
  type FullBooks,
  fullBooksSchema,
  isSettled,
} from "./audit.ts";
import { checkHistory } from "./history.ts";
import { type KillableGateway, startKillableGateway } from "./killable-gateway.ts";
import { type Random, seeded } from "./random.ts";
import { makeRecorder } from "./recorder.ts";
import { serveOrder, type ShopOptions, shopClient } from "./shop.ts";
import type { Finding } from "./sights.ts";

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Longest run under load between two kills. */
  readonly loadMsMax: number;
  /** How long an order is served at most. */
  readonly patienceMs: number;
  /** How long the gateway has to come to rest by itself after the load. */
  readonly settleMs: number;
  /** Whether what the provider provably does not have may still be asked about at the end. */
  readonly inDoubt: boolean;
  readonly print: (line: string) => void;
}

export interface CrashReport {
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Calls that the kills cut off: without any the run has shown nothing. */
  readonly cutOff: number;
}

const ORDER_EVERY_MS = 120;
const ORDERS_AT_ONCE_MAX = 150;
const LOAD_MS_MIN = 150;
const LOOK_EVERY_MS = 1_000;
/** Soon again and for long, so that webhooks meet a gateway that has just come back, and one that is just leaving. */
const WEBHOOK_RETRY_MS = [500, 500, 1_000, 1_000, 2_000, 2_000, 4_000, 4_000, 8_000, 8_000];
const REFUND_STEP_MS = 300;

export async function runCrashTest(options: CrashOptions): Promise<CrashReport> {
  const stack = await startStack();
  try {
    const { shop, gateway } = stack;
    const switches = { webhookRetryMs: WEBHOOK_RETRY_MS, refundStepMs: REFUND_STEP_MS };
    await shop.books.switches(switches);
    const patient = { ...shop, patienceMs: options.patienceMs };
    const cutOff = await loadAndKill(gateway, patient, options);
    options.print("load ended, waiting for webhooks and alarms");
    return { ...(await judge(patient, options)), cutOff };
  } finally {
    await stack.stop();
  }
}

async function startStack() {
  const [gatewayPort, sandboxPort] = [await freePort(), await freePort()];
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const { secrets, ...known } = stackSecrets({ routing: { failover: false } }); // the audit knows PhonePe's books alone
  const merchant = JSON.parse(sandboxSecrets(secrets.BOOTSTRAP)["SANDBOX_MERCHANT"] ?? "{}");
  const webhookUrl = `${gatewayUrl}/api/payments/webhook`;
  const vars = gatewayVars(sandboxPort, secrets);
  const sandbox = await startSandbox({ merchant, webhookUrl, port: sandboxPort });
  const gateway = await startKillableGateway({ port: gatewayPort, vars });
  const address = { gateway: gatewayUrl, sandbox: sandbox.origin, ...known };
  const recorder = makeRecorder();
  return {
    gateway,
    shop: { gateway: gatewayUrl, key: known.keys.shop, recorder, books: booksOf(address) },
    stop: async () => {
      await Promise.all([gateway.stop(), sandbox.stop()]);
    },
  };
}

/** New orders all the time, and a kill now and then, until the last order is served; counts the calls cut off. */
async function loadAndKill(
  gateway: KillableGateway,
  shop: ShopOptions,
  options: CrashOptions,
): Promise<number> {
  let cutOff = 0;
  const random = seeded(options.seed);
  const orders = openShop(shop, seeded(random.between(0, 2 ** 31)));
  for (let kill = 1; kill <= options.kills; kill += 1) {
    const loadMs = random.between(LOAD_MS_MIN, options.loadMsMax);
    await sleep(loadMs);
    const underWay = shop.recorder.underWay();
    cutOff += underWay;
    await gateway.kill();
    const downMs = await timed(() => gateway.restart());
    options.print(
      `kill ${kill} of ${options.kills}: after ${loadMs} ms of load, back in ${downMs} ms, ` +
        `${orders.begun()} orders begun, ${underWay} calls cut off`,
    );
  }
  await sleep(options.loadMsMax);
  await orders.close();
  return cutOff;
}

/** Orders come at their own pace, whether the gateway answers or not. */
function openShop(shop: ShopOptions, random: Random) {
  const run = randomBytes(4).toString("hex");
  const served = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let begun = 0;
  const timer = setInterval(() => {
    if (served.size >= ORDERS_AT_ONCE_MAX) return;
    begun += 1;
    const own = seeded(random.between(0, 2 ** 31));
    const order = serveOrder(shop, `crash-${run}-${begun}`, own)
      .catch((error: unknown) => failures.push(error))
      .then(() => void served.delete(order));
    served.add(order);
  }, ORDER_EVERY_MS);
  return {
    begun: () => begun,
    async close() {
      clearInterval(timer);
      await Promise.all(served);
      if (failures.length > 0) throw new AggregateError(failures, "the shop itself failed");
    },
  };
}

async function judge(
  shop: ShopOptions,
  options: CrashOptions,
): Promise<Omit<CrashReport, "cutOff">> {
  const { payments, books, unsettled } = await settle(shop, options);
  const { calls } = shop.recorder;
  const findings = [
    ...unsettled.map((id) => ({
      rule: "lost_end",
      about: id,
      detail: `not at rest after ${options.settleMs} ms: ${JSON.stringify(payments.get(id))}`,
    })),
    ...audit({ calls, payments, books }),
    ...checkHistory(calls),
  ];
  const counts =
    `kills ${options.kills}, payments ${payments.size}, refunds ${books.refunds.length}, ` +
    `webhooks ${acknowledgedWebhooks(books.webhooks).length}`;
  const doubled = findings.filter(({ rule }) => /^(double|one)_/.test(rule)).length;
  const verdict = `${findings.length - doubled} lost, ${doubled} doubled`;
  return { summary: `${counts}: ${verdict}`, findings };
}

/** Reads without asking the gateway to ask, until both sides agree on everything. */
async function settle(shop: ShopOptions, { settleMs, inDoubt }: CrashOptions) {
  const client = shopClient(shop);
  const endMs = Date.now() + settleMs;
  const payments = new Map<string, PaymentStatus>();
  const settled = new Set<string>();
  for (;;) {
    // Books first: what the gateway says afterwards must hold what they hold by now.
    const books = await readBooks(shop);
    const unsettled: string[] = [];
    for (const id of idsOf(shop, books)) {
      if (settled.has(id)) continue;
      const payment = await statusOrNone(client, id);
      if (payment) payments.set(id, payment);
      // No answer ever acknowledged it, or it is no payment's own id: the audit finds those that must be there.
      if (!payment || isSettled(payment, books, { inDoubt: false })) settled.add(id);
      else if (!inDoubt || !isSettled(payment, books, { inDoubt })) unsettled.push(id);
    }
    if (unsettled.length === 0 || Date.now() > endMs) return { payments, books, unsettled };
    await sleep(LOOK_EVERY_MS);
  }
}

/** What the shop asked for, and what the provider has: an order that the gateway named may have got no answer out. */
function idsOf({ recorder }: ShopOptions, { orders }: FullBooks): Set<string> {
  return new Set([
    ...recorder.calls.flatMap(({ merchantOrderId }) => merchantOrderId ?? []),
    ...orders.map(({ merchantOrderId }) => merchantOrderId),
  ]);
}

async function statusOrNone(client: Client, id: string): Promise<PaymentStatus | undefined> {
  try {
    return await client.status(id);
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return undefined;
    throw error;
  }
}

async function readBooks({ books }: ShopOptions): Promise<FullBooks> {
  return fullBooksSchema.parse(await books.admin("GET", "/admin/books"));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = Date.now();
  await work();
  return Date.now() - startMs;
}
