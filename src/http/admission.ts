/** The doors of a signed call: who signed it, whether the gate lets it in, and what a refusal says. */
import { errorMessage, unreachable } from "#base";
import {
  type AdmitAnswer,
  admitReadLocally,
  type Arrival,
  isAllowedAddress,
  rateFields,
  type RateStatus,
  retryAfterSec,
  type SignedRequest,
  verifySignedRequest,
} from "#door";
import { Problem, type ProblemCode } from "#problems";
import type { HttpDeps } from "./deps.ts";
import type { AppContext } from "./operation.ts";

export type RateClass = Arrival["rateClass"];

/** How soon a call that the gate could not judge is worth repeating. */
const GATE_RETRY_AFTER_SEC = 2;

/** Who signed the request. Refusals are 401, or 429 for an address that had too many of them. */
export async function authenticate(
  c: AppContext,
  deps: HttpDeps,
  raw: Uint8Array<ArrayBuffer>,
): Promise<SignedRequest> {
  const nowSec = Math.floor(deps.nowMs() / 1_000);
  const verified = await verifySignedRequest(c.req.raw, raw, {
    findKey: (keyId) => {
      const found = deps.findKey(keyId);
      return found instanceof Promise ? found.then((key) => named(c, key)) : named(c, found);
    },
    nowSec,
  });
  if (!verified.ok) throw refusedCredentials(c, deps, verified.refusal);
  c.set("signer", verified.value);
  c.set("origins", verified.value.apiKey.merchant.origins);
  return verified.value;
}

/** Notes whose key a request names, so that a refusal of it can be told to that merchant. */
function named<Key extends SignedRequest["apiKey"] | undefined>(c: AppContext, key: Key): Key {
  if (key) c.set("merchantNamed", key.merchant.id);
  return key;
}

/** Asks the gate. A reused idempotency key is given back and not thrown: other refusals are told first (api.md 1). */
export async function askGate(
  c: AppContext,
  deps: HttpDeps,
  arrival: Arrival,
): Promise<Problem | undefined> {
  const answer = await admittedOrClosed(c, deps, arrival);
  c.set("rates", answer.rates);
  if (answer.admitted) return undefined;
  switch (answer.reason) {
    case "key_revoked":
    case "nonce_replayed":
      throw refusedCredentials(c, deps, answer.reason);
    case "rate_limited":
      throw rateLimited(answer.rates);
    case "idempotency_key_reused":
      return new Problem("idempotency_key_reused");
    default:
      return unreachable(answer.reason);
  }
}

/** Refuses a caller from outside the lists of its key and merchant; without a list every address may come. */
export function refuseForeignAddress(c: AppContext, { apiKey }: SignedRequest): void {
  const address = clientAddress(c);
  if (!isAllowedAddress(address, apiKey.merchant.allowIps, apiKey.allowIps)) {
    throw new Problem("ip_not_allowed");
  }
}

/** The one true address (ASV-4 4.1.3): Cloudflare sets it, and nothing else that a client sends counts. */
export function clientAddress(c: AppContext): string | null {
  return c.req.header("cf-connecting-ip") ?? null;
}

/** A refusal of credentials, counted against the address it came from. */
export function refusedCredentials(c: AppContext, deps: HttpDeps, code: ProblemCode): Problem {
  const noted = deps.addresses.refused(clientAddress(c), c.get("afterAnswer"));
  if (!noted?.blocked) return new Problem(code);
  c.set("rates", [noted.status]);
  return rateLimited([noted.status]);
}

function rateLimited(rates: readonly RateStatus[]): Problem {
  const used = rates.filter(({ remaining }) => remaining === 0).map(({ limit }) => limit.name);
  return new Problem("rate_limited", {
    detail: `Used up: ${used.join(", ")}. Nothing was done.`,
    headers: { "retry-after": String(retryAfterSec(rates)) },
  });
}

/** Money and security fail closed; reads go on within a local limit. */
async function admittedOrClosed(
  c: AppContext,
  deps: HttpDeps,
  arrival: Arrival,
): Promise<AdmitAnswer> {
  const { apiKey, rateClass } = arrival;
  try {
    return await deps.admit(arrival, c.get("afterAnswer"));
  } catch (error) {
    deps.log("error", "the gate does not answer", { rateClass, error: errorMessage(error) });
    const local = rateClass === "read" ? admitReadLocally(apiKey.id, deps.nowMs()) : undefined;
    if (local) return local;
    throw new Problem("admission_unavailable", {
      headers: { "retry-after": String(GATE_RETRY_AFTER_SEC) },
    });
  }
}

/** What every answer says of limits (api.md 4): those that counted it, or the address's own. */
export function rateHeaders(c: AppContext, deps: HttpDeps): Record<string, string> {
  const rates = c.get("rates") ?? [];
  return rateFields(rates.length > 0 ? rates : [deps.addresses.status(clientAddress(c))]);
}
