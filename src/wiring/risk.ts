/** Ports of risk: the profiles of a payment's payer, asked beside admission, and what they learn afterwards. */
import { type AuditEvent, type MerchantId, networkOf, sha256, utf8 } from "#base";
import type { Payer } from "#http";
import type { PayerKeys, RiskResult } from "#payments";
import {
  connectionSignals,
  decideRisk,
  fingerprintText,
  type KeyKind,
  type Outcome,
  type ProfileEvent,
} from "#risk";
import { type ProfileAnswer, type ProfileDeps, profileObjectName } from "#risk-objects";
import { type Keyring, keyedHash, type Merchant } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, sleep } from "../platform.ts";

/** What a profile works with. */
export function wireProfiles(): ProfileDeps {
  return { nowMs: clock };
}

/** A merchant's key of a payment: the object that knows it. */
type KeyNames = Partial<Record<KeyKind, string>>;
type Answers = Partial<Record<KeyKind, ProfileAnswer>>;

/** Scores a payment, with the profiles that answer in time; what is missing makes the score `degraded`. */
export async function assessRisk(
  env: Bindings,
  merchant: Merchant,
  payer: Payer,
): Promise<RiskResult> {
  const { keyring } = configOf(env);
  const { customer, body } = payer;
  const keys = await keysOf(keyring, merchant, payer);
  const names = await namesOf(keyring, merchant.id, { customer, ...keys });
  const isOff = merchant.risk.mode === "off";
  const event = await eventOf(names, payer, clock());
  const answers = isOff ? {} : await askProfiles(env, merchant.id, { names, event });
  const decision = decideRisk(merchant.risk, { customerId: body.customer?.id });
  const degraded = !isOff && Object.keys(answers).length < Object.keys(names).length;
  return { ...decision, reasons: [...decision.reasons], ...keys, degraded };
}

async function keysOf(keyring: Keyring, merchant: Merchant, { body, request }: Payer) {
  const device = fingerprintText(merchant.id, body.device ?? {}, connectionSignals(request));
  const address = body.device?.ip;
  const place = address === undefined ? undefined : networkOf(address);
  const [fingerprint, network] = await Promise.all([
    keyedHash(keyring, "fingerprint", device),
    place === undefined
      ? null
      : keyedHash(keyring, "fingerprint", JSON.stringify([merchant.id, "network", place])),
  ]);
  return { fingerprint, network };
}

/** A payment without a customer or an address touches fewer keys; never more than four. All are keyed hashes (I10). */
async function namesOf(
  keyring: Keyring,
  merchantId: MerchantId,
  { customer, fingerprint, network }: Pick<PayerKeys, "customer" | "fingerprint" | "network">,
): Promise<KeyNames> {
  return {
    ...(customer === null ? {} : { customer: await customerName(keyring, merchantId, customer) }),
    ...(fingerprint === null ? {} : { device: fingerprint }),
    ...(network === null ? {} : { network }),
    merchant: "all",
  };
}

function customerName(keyring: Keyring, merchantId: MerchantId, customer: string): Promise<string> {
  return keyedHash(keyring, "fingerprint", JSON.stringify([merchantId, "customer", customer]));
}

async function eventOf(names: KeyNames, payer: Payer, atMs: number): Promise<ProfileEvent> {
  const [paymentHash, customer, device, network, merchant] = await Promise.all([
    shortHash(payer.merchantOrderId),
    ...(["customer", "device", "network", "merchant"] as const).map((kind) =>
      shortHash(names[kind]),
    ),
  ]);
  const amountPaisa = payer.body.amount;
  return { paymentHash: paymentHash ?? 0, atMs, amountPaisa, customer, device, network, merchant };
}

/** The first four bytes of a hash: enough to tell a few dozen members apart. */
async function shortHash(text: string): Promise<number>;
async function shortHash(text: string | undefined): Promise<number | undefined>;
async function shortHash(text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  const bytes = await sha256(utf8(text));
  return new DataView(bytes.buffer).getUint32(0);
}

/** Asks all at once. Who does not answer within the budget is done without. */
async function askProfiles(
  env: Bindings,
  merchantId: MerchantId,
  { names, event }: { readonly names: KeyNames; readonly event: ProfileEvent },
): Promise<Answers> {
  const tooLate = sleep(configOf(env).riskBudgetMs);
  const answers: { -readonly [Kind in KeyKind]?: ProfileAnswer } = {};
  await Promise.all(
    kindsOf(names).map(async ([kind, name]) => {
      const asked = profileOf(env, merchantId, { kind, name }).observe(event);
      const answer = await Promise.race([asked.catch(() => undefined), tooLate]);
      if (answer) answers[kind] = answer;
    }),
  );
  return answers;
}

function kindsOf(names: KeyNames): [KeyKind, string][] {
  const kinds = ["customer", "device", "network", "merchant"] as const;
  return kinds.flatMap((kind): [KeyKind, string][] => {
    const name = names[kind];
    return name === undefined ? [] : [[kind, name]];
  });
}

function profileOf(
  env: Bindings,
  merchantId: MerchantId,
  { kind, name }: { readonly kind: KeyKind; readonly name: string },
) {
  return env.PROFILES.getByName(profileObjectName(kind, merchantId, name));
}

/** Tells the profiles of a payment's payer what became of it. Rejects until all have heard; a repeat changes nothing. */
export async function tellProfiles(
  env: Bindings,
  merchantId: MerchantId,
  { payer, kind, atMs }: Pick<Outcome, "kind" | "atMs"> & { readonly payer: PayerKeys },
): Promise<void> {
  const paymentHash = await shortHash(payer.merchantOrderId);
  const outcome: Outcome = { kind, paymentHash, paidAtMs: payer.createdAtMs, atMs };
  const names = await namesOf(configOf(env).keyring, merchantId, payer);
  await Promise.all(
    kindsOf(names).map(([key, name]) =>
      profileOf(env, merchantId, { kind: key, name }).noteOutcome(outcome),
    ),
  );
}

/** What a payment's events say of its payer: a payment that failed was declined. */
export async function learnFrom(
  env: Bindings,
  merchantId: MerchantId,
  { payer, events }: { readonly payer: PayerKeys; readonly events: readonly AuditEvent[] },
): Promise<void> {
  const failed = events.find(({ details }) => details["event"] === "payment failed");
  if (failed) await tellProfiles(env, merchantId, { payer, kind: "declined", atMs: failed.atMs });
}

/** Until then no score blocks the customer. */
export async function releaseCustomer(
  env: Bindings,
  merchantId: MerchantId,
  { customer, untilMs }: { readonly customer: string; readonly untilMs: number },
): Promise<void> {
  const name = await customerName(configOf(env).keyring, merchantId, customer);
  await profileOf(env, merchantId, { kind: "customer", name }).release(untilMs);
}

/** Nothing of the person is left in the customer's profile (GDR-4). */
export async function forgetProfile(
  env: Bindings,
  merchantId: MerchantId,
  customer: string,
): Promise<void> {
  const name = await customerName(configOf(env).keyring, merchantId, customer);
  await profileOf(env, merchantId, { kind: "customer", name }).forget();
}
