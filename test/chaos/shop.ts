/**
 * A merchant's server and its payers, many at once: each order is begun once or several times, paid, failed or left
 * alone at the sandbox, read, and given back in parts. It keeps on when the gateway is away, as a shop would.
 */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  ConnectionError,
  createClient,
  type InitiateRequest,
  type Payment,
  type PaymentStatus,
  ProblemError,
  type SigningKey,
  signRequest,
} from "#client";
import type { booksOf } from "../e2e/books.ts";
import type { Random } from "./random.ts";
import type { Recorder } from "./recorder.ts";

export interface ShopOptions {
  readonly gateway: string;
  readonly key: SigningKey;
  readonly recorder: Recorder;
  readonly books: ReturnType<typeof booksOf>;
  /** How long an order is served at most, whatever the gateway does. */
  readonly patienceMs: number;
}

interface Shop extends ShopOptions {
  readonly client: Client;
  readonly random: Random;
  readonly endMs: number;
}

const AGAIN_MS = 400;
const TRIES_AFTER_FIRST = 10;
const WEBHOOK_MODES = [[], [], [], ["duplicate"], ["reorder", "duplicate"], ["drop"]] as const;
const DELAYED_MS = 1_500;
const TRY_MS = 15_000;

/** The shop's client: it repeats what was cut off (api.md 3). */
export function shopClient({ gateway, key, recorder }: ShopOptions): Client {
  const { fetch } = recorder;
  return createClient({ baseUrl: gateway, ...key, fetch, retries: TRIES_AFTER_FIRST });
}

/** One order from its beginning to whatever becomes of it. `name` is the order's id, of its own in every run. */
export async function serveOrder(
  options: ShopOptions,
  name: string,
  random: Random,
): Promise<void> {
  const endMs = Date.now() + options.patienceMs;
  const shop = { ...options, client: shopClient(options), random, endMs };
  const begun = await begin(shop, name);
  if (begun === undefined) return;
  const id = begun.merchantOrderId;
  const open = await until(shop, id, ({ state }) => state !== "INITIATING");
  if (open === undefined || !(await payerActs(shop, open))) return;
  const ended = await until(shop, id, ({ state }) => state !== "PENDING");
  if (ended?.state === "COMPLETED" && random.chance(0.7)) await giveBack(shop, ended);
}

/** Named by the shop, by its idempotency key, or by both; some of the repeats go out at the same time. */
async function begin(shop: Shop, name: string): Promise<Payment | undefined> {
  const { random, client, books } = shop;
  const naming = random.pick(["both", "both", "order", "key"]);
  const content = {
    amount: 100 * random.between(10, 5_000),
    redirectUrl: "http://localhost:8788/shop/return",
  };
  const request = naming === "key" ? content : { ...content, merchantOrderId: name };
  if (naming !== "key") {
    const webhookModes = random.pick(WEBHOOK_MODES);
    if (webhookModes.length > 0) {
      await books.switches({ webhookModes, webhookDelayMs: DELAYED_MS }, name);
    }
  }
  const send = () =>
    naming === "order"
      ? initiateWithoutKey(shop, request)
      : client.initiate(request, { idempotencyKey: `key-${name}` });
  const answers = await inParallelOrNot(shop, random.between(1, 3), send);
  if (naming === "both" && answers.length > 0 && random.chance(0.2)) {
    await oddRepeats(shop, { ...content, merchantOrderId: name });
  }
  return answers[0];
}

/** What must be refused: the same key or id with another amount; and another key with the same content, which is not. */
async function oddRepeats(
  shop: Shop,
  request: InitiateRequest & { readonly merchantOrderId: string },
): Promise<void> {
  const { client } = shop;
  const other = { ...request, amount: request.amount + 100 };
  const idempotencyKey = `key-${request.merchantOrderId}`;
  await persist(shop, () => client.initiate(other, { idempotencyKey }));
  await persist(shop, () => client.initiate(other));
  await persist(shop, () => client.initiate(request));
}

/** The order's own id is its idempotency (api.md 3); the client always sends a key, so this is signed by hand. */
async function initiateWithoutKey(shop: Shop, request: InitiateRequest): Promise<Payment> {
  const { gateway, key, recorder } = shop;
  const url = `${gateway}/api/payments/initiate`;
  const body = JSON.stringify(request);
  const signed = await signRequest({ method: "POST", url, body }, key, {
    createdSec: Math.floor(Date.now() / 1_000),
  });
  const response = await recorder
    .fetch(signed.url, {
      method: signed.method,
      headers: { ...signed.headers },
      ...(signed.body === undefined ? {} : { body: signed.body }),
      redirect: "manual",
      signal: AbortSignal.timeout(TRY_MS),
    })
    .catch((cause: unknown) => {
      throw new ConnectionError("no answer", { cause });
    });
  if (response.ok) return response.json();
  throw new ConnectionError(`answered ${response.status}`, { cause: undefined });
}

/** Whether the payer did something; only what the gateway has handed out can be paid, or was lost on its way. */
async function payerActs({ random, books }: Shop, payment: PaymentStatus): Promise<boolean> {
  await sleep(random.between(0, 1_500));
  const what = random.pick(["pay", "pay", "pay", "pay", "pay", "fail", "leave", "pay_all"]);
  if (what === "leave") return false;
  const outcome = what === "fail" ? "fail-order" : "success";
  const paid = payment.attempts.filter(
    ({ state }) => state === "OPEN" || (what === "pay_all" && state === "ABANDONED"),
  );
  for (const { providerOrderId } of paid) {
    if (providerOrderId) await books.settle(providerOrderId, outcome);
  }
  return paid.length > 0;
}

async function giveBack(shop: Shop, payment: PaymentStatus): Promise<void> {
  const { random, client } = shop;
  const { merchantOrderId, capturedAmount } = payment;
  const parts = random.between(1, 3);
  // The last part may be more than is left: then it must be refused.
  const amount = Math.max(100, Math.ceil(capturedAmount / parts) + (random.chance(0.3) ? 100 : 0));
  for (let part = 1; part <= parts; part += 1) {
    const merchantRefundId = `${merchantOrderId}-r${part}`;
    const refund = { merchantRefundId, merchantOrderId, amount };
    const idempotencyKey = random.chance(0.7) ? { idempotencyKey: `key-${merchantRefundId}` } : {};
    const answers = await inParallelOrNot(shop, random.between(1, 2), () =>
      client.refund(refund, idempotencyKey),
    );
    if (answers.length > 0 && random.chance(0.5)) {
      await persist(shop, () => client.refundStatus(merchantRefundId, merchantOrderId));
    }
  }
}

async function inParallelOrNot<Answer>(
  shop: Shop,
  times: number,
  send: () => Promise<Answer>,
): Promise<Answer[]> {
  const answers: (Answer | undefined)[] = [];
  if (shop.random.chance(0.5)) {
    answers.push(...(await Promise.all(Array.from({ length: times }, () => persist(shop, send)))));
  } else {
    for (let turn = 0; turn < times; turn += 1) answers.push(await persist(shop, send));
  }
  return answers.filter((answer) => answer !== undefined);
}

/** Asks until it is so; undefined when the time is up. Some questions make the gateway ask the provider. */
async function until(
  shop: Shop,
  id: string,
  isSo: (payment: PaymentStatus) => boolean,
): Promise<PaymentStatus | undefined> {
  const { random, client, endMs } = shop;
  const refresh = random.chance(0.3);
  while (Date.now() < endMs) {
    const payment = await persist(shop, () => client.status(id, { refresh }));
    if (payment && isSo(payment)) return payment;
    await sleep(AGAIN_MS);
  }
  return undefined;
}

/** Repeats what got no answer, or a "later"; undefined when it was refused or the time is up. */
async function persist<Answer>(
  { endMs }: Shop,
  send: () => Promise<Answer>,
): Promise<Answer | undefined> {
  while (Date.now() < endMs) {
    try {
      return await send();
    } catch (error) {
      const again = error instanceof ConnectionError || isLater(error);
      if (again) await sleep(AGAIN_MS);
      else if (error instanceof ProblemError) return undefined;
      else throw error;
    }
  }
  return undefined;
}

function isLater(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return false;
  return error.status >= 503 || error.status === 429 || error.code === "request_in_progress";
}
