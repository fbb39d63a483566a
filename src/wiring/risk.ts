/** Ports of risk: the profiles of a payment's payer, asked beside admission, and what they learn afterwards. */
import { type AuditEvent, type MerchantId, MINUTE_MS, networkOf, sha256Hex } from "#base";
import type { Payer, RiskReport } from "#http";
import type { PayerKeys, RiskResult } from "#payments";
import {
  ADVICES,
  assessPayment,
  connectionSignals,
  decodeSurprise,
  fingerprintText,
  type KeyKind,
  type KeyView,
  type Outcome,
  type ProfileEvent,
  referenceModel,
  type Views,
} from "#risk";
import { type ProfileAnswer, type ProfileDeps, profileObjectName } from "#risk-objects";
import { type Keyring, keyedHash, type Merchant } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, sleep } from "../platform.ts";
import { memoryOf, remember } from "./risk-memory.ts";

/** What a profile works with. */
export function wireProfiles(): ProfileDeps {
  return { nowMs: clock, model: referenceModel };
}

/** A merchant's key of a payment: the object that knows it. */
type KeyNames = Partial<Record<KeyKind, string>>;
type Answers = Partial<Record<KeyKind, ProfileAnswer>>;
const KINDS = ["customer", "device", "network", "merchant"] as const;

/** What is usual changes slowly, and is some kB. */
const SURPRISE_AGE_MS = MINUTE_MS;

/** Scores a payment, with the profiles that answer in time; what is missing makes the score `degraded`. */
export async function assessRisk(
  env: Bindings,
  merchant: Merchant,
  payer: Payer,
): Promise<RiskResult> {
  const { keyring } = configOf(env);
  const { body, customer } = payer;
  const keys = await keysOf(keyring, merchant, payer);
  const isOff = merchant.risk.mode === "off";
  const names = isOff ? {} : await namesOf(keyring, merchant.id, knownKeys(payer, keys));
  const atMs = clock();
  const event = await eventOf(names, payer, atMs);
  // Read once per isolate, while the profiles are asked.
  const [answers, models] = isOff
    ? [{}, {}]
    : await Promise.all([askProfiles(env, merchant.id, { names, event }), modelsOf()]);
  const memory = memoryOf(merchant.id);
  const assessment = assessPayment(
    merchant.risk,
    {
      atMs,
      amountPaisa: body.amount,
      utcOffsetMinutes: INDIA_OFFSET_MINUTES,
      customerId: body.customer?.id,
      fingerprint: keys.fingerprint,
      released: customer !== null && (answers.customer?.releasedUntilMs ?? 0) > atMs,
      ...countriesOf(payer),
    },
    {
      views: viewsOf(answers),
      models,
      surprise: memory.surprise,
    },
  );
  const { score, decision, reasons, advice, shadow, values, bits } = assessment;
  if (!isOff) remember(memory, { values, bits, advice, shadowAdvice: shadow?.advice ?? null });
  return {
    score,
    decision,
    reasons: [...reasons],
    ...keys,
    degraded: Object.keys(answers).length < Object.keys(names).length,
    advice,
    contributions: assessment.contributions.map(({ code, contribution }) => ({
      code,
      points: Math.round(contribution * 10) / 10,
    })),
    shadow,
  };
}

async function modelsOf() {
  return { reference: await referenceModel() };
}

/** Payers and shops are in India; night there is meant. */
const INDIA_OFFSET_MINUTES = 330;

/** The country of a payer's phone against that of its own connection; a merchant's server says nothing of the payer. */
function countriesOf({ body, request }: Payer) {
  const phone = body.customer?.phone;
  const isIndian = phone !== undefined && /^(\+?91)?[0-9]{10}$/.test(phone);
  const { fromBrowser } = connectionSignals(request);
  const country = request.cf?.["country"];
  return {
    ...(isIndian ? { customerCountry: "IN" } : {}),
    ...(fromBrowser && typeof country === "string" ? { networkCountry: country } : {}),
  };
}

/** A fingerprint of the connection alone is shared by all payers of a merchant's server: it is no device. */
function knownKeys({ body, customer }: Payer, keys: Awaited<ReturnType<typeof keysOf>>) {
  const { device } = body;
  const isDevice = device?.id !== undefined || device?.fingerprint !== undefined;
  return { customer, network: keys.network, fingerprint: isDevice ? keys.fingerprint : null };
}

function viewsOf(answers: Answers): Views {
  const views: { -readonly [Kind in KeyKind]?: KeyView } = {};
  for (const kind of KINDS) {
    const view = answers[kind]?.view;
    if (view) views[kind] = view;
  }
  return views;
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
  const { customer, device, network } = names;
  return {
    paymentHash: shortOf(await sha256Hex(payer.merchantOrderId)),
    atMs,
    amountPaisa: payer.body.amount,
    customer: customer === undefined ? undefined : shortOf(customer),
    device: device === undefined ? undefined : shortOf(device),
    network: network === undefined ? undefined : shortOf(network),
    merchant: THE_MERCHANT,
  };
}

/** A profile belongs to one merchant, so that all its payments are of the same. */
const THE_MERCHANT = 0;
const SHORT_DIGITS = 8;

/** The first four bytes of a hash in hex: enough to tell a few dozen members apart. */
function shortOf(hash: string): number {
  return Number.parseInt(hash.slice(0, SHORT_DIGITS), 16);
}

/** Asks all at once. Who does not answer within the budget is done without. */
async function askProfiles(
  env: Bindings,
  merchantId: MerchantId,
  { names, event }: { readonly names: KeyNames; readonly event: ProfileEvent },
): Promise<Answers> {
  const tooLate = sleep(configOf(env).riskBudgetMs);
  const memory = memoryOf(merchantId);
  const wantsSurprise = event.atMs >= memory.askAgainAtMs;
  if (wantsSurprise) memory.askAgainAtMs = event.atMs + SURPRISE_AGE_MS;
  const question = { learned: memory.pending.splice(0), wantsSurprise };
  const answers: { -readonly [Kind in KeyKind]?: ProfileAnswer } = {};
  await Promise.all(
    kindsOf(names).map(async ([kind, name]) => {
      const ask = async () => {
        const profile = profileOf(env, merchantId, { kind, name });
        return kind === "merchant" ? profile.observe(event, question) : profile.observe(event);
      };
      const answer = await Promise.race([ask().catch(() => undefined), tooLate]);
      if (!answer) return;
      answers[kind] = answer;
      if (answer.surprise) memory.surprise = decodeSurprise(answer.surprise);
    }),
  );
  return answers;
}

function kindsOf(names: KeyNames): [KeyKind, string][] {
  return KINDS.flatMap((kind): [KeyKind, string][] => {
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
  const paymentHash = shortOf(await sha256Hex(payer.merchantOrderId));
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

/** What a merchant's payments have taught, and what that means for its model. */
export async function riskReport(env: Bindings, { id, risk }: Merchant): Promise<RiskReport> {
  const profile = profileOf(env, id, { kind: "merchant", name: "all" });
  const [{ drift, compared }, reference] = await Promise.all([
    profile.statistics(),
    referenceModel(),
  ]);
  const { mode, model: name = "reference", shadowModel = null } = risk;
  return {
    mode,
    model: { name, sha256: name === "reference" ? reference.sha256 : null },
    shadowModel,
    comparison: ADVICES.flatMap((active, row) =>
      ADVICES.map((shadow, column) => ({
        active,
        shadow,
        payments: compared[row]?.[column] ?? 0,
      })),
    ).filter(({ payments }) => payments > 0),
    drift: drift.map(({ name: feature, psi, alert }) => ({ feature, psi, alert })),
  };
}
