/**
 * Plays one scenario: the merchant calls, the payer pays or does not, the provider tells and fails, the runtime is
 * killed, and at last all is left to itself for ten minutes of the gateway's clock. What was seen goes to the judge.
 */
import { callAdmin } from "../e2e/sandbox-process.ts";
import type { KillSwitch } from "./kill-switch.ts";
import type { ChaosMerchant } from "./merchants.ts";
import { type Books, openProvider, type Provider, type ProviderOrder } from "./provider.ts";
import type { Notification } from "./receiver.ts";
import type { Scenario } from "./scenarios.ts";
import {
  EXPIRE_AFTER_SEC,
  initiateBody,
  openShop,
  type Shop,
  type ShopAnswer,
} from "./scenario-shop.ts";
import type { Gateway, Stage } from "./stage.ts";

export interface Played {
  readonly scenario: Scenario;
  readonly merchant: ChaosMerchant;
  readonly status: Status;
  readonly books: Books;
  readonly notifications: readonly Notification[];
  /** Answers to initiate with one key and one body. */
  readonly answers: readonly ShopAnswer[];
  readonly secondAnswer: number | undefined;
  /** Statuses of refunds that were asked for while the payment was not paid. */
  readonly earlyRefunds: readonly number[];
  /** The most orders that could be paid at one time by somebody who had their URLs. */
  readonly payableMax: number;
  /** What went against the script's own checks on the way. */
  readonly remarks: readonly string[];
}

interface Status {
  readonly state: string;
  readonly capturedAmount: number;
  readonly confirmedBy: string | null;
  readonly redirectUrl?: string;
  readonly review?: { readonly reason: string };
  readonly attempts: readonly {
    readonly n: number;
    readonly state: string;
    readonly providerOrderId: string;
  }[];
  readonly refunds: readonly {
    readonly merchantRefundId: string;
    readonly state: string;
    readonly amount: number;
    readonly reason?: string;
  }[];
  readonly timeline: readonly {
    readonly at: number;
    readonly event: string;
    readonly from: string | null;
    readonly to: string;
    readonly cause: string;
  }[];
}

export interface Cast {
  readonly stage: Stage;
  readonly gateway: Gateway;
  readonly killSwitch?: KillSwitch;
}

interface Act extends Cast {
  readonly scenario: Scenario;
  readonly merchant: ChaosMerchant;
  readonly shop: Shop;
  readonly provider: Provider;
  readonly answers: ShopAnswer[];
  readonly earlyRefunds: number[];
  readonly remarks: string[];
  payableMax: number;
  secondAnswer: number | undefined;
}

const SECOND = 1_000;
const SETTLE_MS = 600 * SECOND;
/** Worlds begin so far ahead that no alarm comes due by itself: only `run` fires them, one after the other. */
const HEAD_START_MS = 86_400 * SECOND;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function play(scenario: Scenario, cast: Cast): Promise<Played> {
  const merchant = cast.stage.merchants.get(scenario.id);
  if (!merchant) throw new Error("a scenario has a merchant");
  const { gateway, stage } = cast;
  const act: Act = {
    ...cast,
    scenario,
    merchant,
    shop: openShop(gateway.url, merchant, scenario),
    provider: await openProvider(stage.sandboxUrl, merchant, { scenario, scale: gateway.scale }),
    answers: [],
    earlyRefunds: [],
    remarks: [],
    payableMax: 0,
    secondAnswer: undefined,
  };
  await setTheScene(act);
  await opening(act);
  await client(act);
  if (["evict"].includes(scenario.runtime)) await die(act);
  await payer(act);
  await webhooks(act);
  if (scenario.runtime === "evict") await die(act);
  await refunds(act);
  await run(act, SETTLE_MS);
  const status = await look(act);
  return {
    scenario,
    merchant,
    status,
    books: await act.provider.books(),
    notifications: stage.receiver.of(merchant.id),
    answers: act.answers,
    secondAnswer: act.secondAnswer,
    earlyRefunds: act.earlyRefunds,
    payableMax: act.payableMax,
    remarks: act.remarks,
  };
}

async function setTheScene({ scenario, gateway, merchant, provider, stage }: Act): Promise<void> {
  const { runtime, pay } = scenario;
  const world = {
    offsetMs: HEAD_START_MS,
    skewMs: runtime === "clock_plus_20s" ? 20 * SECOND : 0,
    payDnsFailures: pay === "dns_fail" ? 1 : 0,
    kvIsStale: runtime === "kv_stale_60s",
  };
  gateway.worlds.set(merchant.id, world);
  await callAdmin(`${gateway.url}/chaos/${merchant.id}`, "PUT", world);
  await provider.setClock(HEAD_START_MS);
  if (runtime === "queue_redelivers") stage.receiver.refuseNext(merchant.id, 1);
}

/** The first call, and what happens while it is open. */
async function opening(act: Act): Promise<void> {
  const { scenario, provider, killSwitch } = act;
  const { webhook, runtime, client: kind } = scenario;
  const hasKill = runtime === "kill_during_pay" || runtime === "kill_twice";
  const early = webhook === "before_pay_answer";
  if (hasKill || early) await provider.hold(["pay"]);
  const first = kind === "fifty_same_key" ? fifty(act) : firstCall(act);
  const ended = first.then(() => true);
  if (hasKill || early) {
    await payArrived(act, ended);
    if (early) {
      await decideTruth(act);
      await webhooks(act);
    }
    if (hasKill) await killSwitch?.pull();
    await provider.hold([]);
  }
  await first;
  if (runtime === "kill_after_answer" || runtime === "kill_twice") await killSwitch?.pull();
  await untilAnswered(act);
}

/** The provider has the call, or will not get one: the first answer is there already. */
async function payArrived({ provider }: Act, ended: Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { calls } = await provider.books();
    if ((calls["pay"] ?? 0) > 0) return;
    if (await Promise.race([ended, sleep(20).then(() => false)])) return;
  }
}

async function firstCall(act: Act): Promise<void> {
  const { scenario, shop, merchant, answers } = act;
  if (scenario.client === "once" && !scenario.runtime.startsWith("kill")) {
    try {
      const body = initiateBody(shop.orderId, scenario.amount, merchant);
      const payment = await shop.client.initiate(body);
      if (payment.redirectUrl) shop.payUrls.add(payment.redirectUrl);
    } catch (error) {
      act.remarks.push(`the SDK gave up: ${String(error)}`);
    }
    return;
  }
  const hasty = scenario.client === "retry_after_timeout" ? { timeoutMs: 60 } : {};
  answers.push(await shop.initiate(hasty));
}

async function fifty(act: Act): Promise<void> {
  const all = await Promise.all(Array.from({ length: 50 }, () => act.shop.initiate()));
  act.answers.push(...all);
}

const AGAIN = new Set([0, 409, 429, 503]);

/** A merchant repeats what got no answer, or one that says "again". */
async function untilAnswered(act: Act): Promise<void> {
  const { shop, answers } = act;
  if (answers.length === 0) return;
  for (let tries = 0; tries < 12; tries += 1) {
    if (answers.some(({ status }) => !AGAIN.has(status))) break;
    await sleep(40);
    answers.push(await shop.initiate());
  }
  answers.push(await shop.initiate());
}

/** What this merchant's server does beside. */
async function client(act: Act): Promise<void> {
  const { scenario, shop } = act;
  if (scenario.runtime === "key_rotation") {
    const { status } = await shop.rotateKey();
    if (status !== 201 && status !== 200) act.remarks.push(`the key was not rotated: ${status}`);
  }
  switch (scenario.client) {
    case "same_key_other_body":
      act.secondAnswer = (await shop.initiate({ amount: scenario.amount + 1 })).status;
      return;
    case "status_poll_storm":
      for (let round = 0; round < 2; round += 1) {
        await Promise.all(Array.from({ length: 20 }, () => shop.status({ refresh: true })));
      }
      return;
    case "refund_at_once":
    case "two_refunds_race":
      await earlyRefund(act);
      return;
    default:
  }
}

async function earlyRefund(act: Act): Promise<void> {
  const { shop, scenario } = act;
  if ((await look(act)).state === "COMPLETED") return; // It was paid before its pay answer came.
  act.earlyRefunds.push((await shop.refund(`${shop.orderId}-early`, scenario.amount)).status);
}

/** The payer has the URL, or never gets one. */
async function payer(act: Act): Promise<void> {
  const { scenario } = act;
  if (scenario.webhook === "wrong_amount") await wrongAmountWebhook(act);
  if (scenario.truth === "paid" || scenario.truth === "failed") {
    await untilPayable(act);
    await decideTruth(act);
    return;
  }
  await untilExpired(act);
  if (scenario.truth === "paid_late") await decideTruth(act);
}

async function untilPayable(act: Act): Promise<void> {
  for (let waited = 0; waited < 120; waited += 5) {
    const { state, redirectUrl } = await look(act);
    if (redirectUrl !== undefined || (state !== "INITIATING" && state !== "PENDING")) return;
    await run(act, 5 * SECOND);
  }
}

async function untilExpired(act: Act): Promise<void> {
  await run(act, EXPIRE_AFTER_SEC * SECOND);
  for (let waited = 0; waited < 20; waited += 1) {
    const { state } = await look(act);
    if (state !== "INITIATING" && state !== "PENDING") return;
    await run(act, 30 * SECOND);
  }
}

/** What the provider's books say in the end: one order paid, or none of those that are there. */
async function decideTruth(act: Act): Promise<void> {
  const { scenario, provider, shop } = act;
  const { orders, captures } = await provider.books();
  if (scenario.truth === "failed") {
    for (const order of orders.filter(({ state }) => state === "PENDING")) {
      await provider.settle(order, "fail");
      await provider.settle(order, "fail-order");
    }
    return;
  }
  if (scenario.truth === "never_paid" || captures.length > 0) return;
  const order = orders.find((one) => isHandedOut(shop, one)) ?? orders.at(0);
  if (!order) return;
  // Two things happened, so that their webhooks can come in the wrong order.
  if (scenario.webhook === "reordered" && order.state === "PENDING") {
    await provider.settle(order, "fail");
  }
  await provider.settle(order, "success");
}

function isHandedOut({ payUrls }: Shop, { pageToken }: ProviderOrder): boolean {
  return [...payUrls].some((url) => url.includes(pageToken));
}

/** A webhook that nobody at the provider wrote: the words of a payment that was not made. */
function madeUpWebhook({ shop, scenario }: Act, orders: readonly ProviderOrder[]): string {
  const payload = {
    merchantOrderId: shop.orderId,
    orderId: orders[0]?.orderId ?? "OMO0",
    state: "COMPLETED",
    amount: scenario.amount + 100,
  };
  return JSON.stringify({ event: "checkout.order.completed", payload });
}

function withWrongAmount(body: string): string {
  return body.replace(/"amount":(\d+)/, (_, amount: string) => `"amount":${Number(amount) + 100}`);
}

/**
 * It may make the gateway ask, and the status API's answer may then move the payment: what must not happen is that the
 * webhook's own words count.
 */
async function wrongAmountWebhook(act: Act): Promise<void> {
  const { provider, gateway } = act;
  const before = await look(act);
  const owed = await provider.webhookBodies();
  const { orders, captures } = await provider.books();
  const bodies = owed.length > 0 ? owed.map(withWrongAmount) : [madeUpWebhook(act, orders)];
  for (const body of bodies) await provider.send(gateway.url, body);
  await callAdmin(`${gateway.url}/chaos/${act.merchant.id}/quiet`, "POST");
  const after = await look(act);
  const said = captures.reduce((sum, { amountPaisa }) => sum + amountPaisa, 0);
  const moved = after.state !== before.state && after.state === "COMPLETED" && said === 0;
  const counted = ![before.capturedAmount, said].includes(after.capturedAmount);
  if (moved || counted) {
    act.remarks.push(`a webhook with a wrong amount moved ${before.state} to ${after.state}`);
  }
}

async function webhooks(act: Act): Promise<void> {
  const { scenario, provider, gateway } = act;
  const bodies = await provider.webhookBodies();
  const twice = scenario.runtime === "queue_redelivers" ? 2 : 1;
  const deliver = async (list: readonly string[]) => {
    for (const body of list) {
      for (let copy = 0; copy < twice; copy += 1) await untilTaken(act, body);
    }
  };
  switch (scenario.webhook) {
    case "none":
      return;
    case "five_times":
      return deliver(bodies.flatMap((body) => Array.from({ length: 5 }, () => body)));
    case "reordered":
      return deliver(bodies.toReversed());
    case "late_after_expiry":
      await run(act, (EXPIRE_AFTER_SEC + 60) * SECOND);
      return deliver(bodies);
    case "bad_signature_then_good":
      for (const body of bodies) expectStatus(act, await sendWrong(act, body), 401);
      return deliver(bodies);
    case "unknown_event_first":
      await untilTaken(act, JSON.stringify({ event: "checkout.future.thing", payload: { a: 1 } }));
      return deliver(bodies);
    case "wrong_amount":
      return wrongAmountWebhook(act);
    case "twenty_at_once":
      for (const body of bodies) {
        await Promise.all(Array.from({ length: 20 }, () => untilTaken(act, body)));
      }
      return;
    case "body_truncated_then_good":
      for (const body of bodies) {
        const half = body.slice(0, body.length / 2);
        expectStatus(act, await provider.send(gateway.url, half), 400);
      }
      return deliver(bodies);
    default:
      return deliver(bodies);
  }
}

function sendWrong({ provider, gateway }: Act, body: string): Promise<number> {
  return provider.send(gateway.url, body, { wrong: true });
}

function expectStatus(act: Act, actual: number, wanted: number): void {
  if (actual !== wanted) act.remarks.push(`a webhook was answered ${actual}, not ${wanted}`);
}

/** A provider sends again until it gets its 200. */
async function untilTaken(act: Act, body: string): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1) {
    const status = await act.provider.send(act.gateway.url, body);
    if (status === 200) return;
    if (status >= 400 && status < 500) break;
    await sleep(50);
  }
  act.remarks.push("a webhook was not taken");
}

async function refunds(act: Act): Promise<void> {
  const { scenario, shop } = act;
  const { client: kind, amount } = scenario;
  if (kind !== "refund_at_once" && kind !== "two_refunds_race") return;
  for (let waited = 0; waited < 10; waited += 1) {
    if ((await look(act)).state === "COMPLETED") break;
    await run(act, 30 * SECOND);
  }
  const ask = (name: string) => shop.refund(`${shop.orderId}-${name}`, amount);
  const names = kind === "two_refunds_race" ? ["a", "b"] : ["a"];
  const statuses = (await Promise.all(names.map(ask))).map(({ status }) => status);
  const paid = (await look(act)).state === "COMPLETED";
  const taken = statuses.filter((status) => status === 201).length;
  if (paid && taken !== 1) act.remarks.push(`refunds of all were answered ${statuses.join(", ")}`);
  if (!paid) act.earlyRefunds.push(...statuses);
}

/** Lets the payment live for so long of its own time. */
async function run({ gateway, merchant, shop, scenario }: Act, forMs: number): Promise<void> {
  const alarms = scenario.runtime === "alarm_twice" ? 2 : 1;
  const path = `/chaos/${merchant.id}/${shop.orderId}/run`;
  await callAdmin(`${gateway.url}${path}`, "POST", { forMs, alarms });
}

async function die({ gateway, merchant, shop }: Act): Promise<void> {
  await callAdmin(`${gateway.url}/chaos/${merchant.id}/${shop.orderId}/die`, "POST");
}

async function look(act: Act): Promise<Status> {
  const { shop, provider } = act;
  const answer = await shop.status();
  if (answer.status !== 200) throw new Error(`status answers ${answer.status}: ${answer.text}`);
  const { orders } = await provider.books();
  const payable = orders.filter((order) => order.state === "PENDING" && isHandedOut(shop, order));
  act.payableMax = Math.max(act.payableMax, payable.length);
  return JSON.parse(answer.text);
}
