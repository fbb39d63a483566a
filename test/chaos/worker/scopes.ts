/**
 * Each merchant of a chaos run is a world of its own, with a clock and faults of its own. What runs for a
 * merchant's objects runs in its scope, where `Date.now`, `fetch` and `AbortSignal.timeout` are bent: the
 * gateway's own code, its wiring included, stays as it is deployed.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import * as z from "zod";

const worldSchema = z.object({
  /** How far this merchant's time is ahead of the real one: nobody waits for a schedule. */
  offsetMs: z.int().default(0),
  /** How far the gateway's clock is ahead of the provider's. */
  skewMs: z.int().default(0),
  /** So many pay calls go to a port where nobody listens. */
  payDnsFailures: z.int().default(0),
  /** KV answers with what it held a minute ago. */
  kvIsStale: z.boolean().default(false),
});
export type World = z.infer<typeof worldSchema>;

const settingsSchema = z.object({
  /** The provider's sandbox, without a path. */
  sandbox: z.url(),
  /** Time limits of calls and answers are divided by this. */
  scale: z.number().positive(),
  worlds: z.record(z.string(), worldSchema),
});
type Settings = z.infer<typeof settingsSchema>;

export const changeSchema = worldSchema.partial();

const worlds = new Map<string, World>();
const busy = new Map<string, Set<symbol>>();
let settings: Settings | undefined;

interface Scope {
  readonly merchantId: string;
  /** At the door the time is real: signatures and rate windows are the merchants' servers' business. */
  readonly place: "door" | "object";
}
const scopes = new AsyncLocalStorage<Scope>();

const realNow = Date.now.bind(Date);
const realFetch = globalThis.fetch.bind(globalThis);
const realTimeout = AbortSignal.timeout.bind(AbortSignal);

export const within = <Result>(scope: Scope, work: () => Result): Result => scopes.run(scope, work);

export function currentMerchant(): string | undefined {
  return scopes.getStore()?.merchantId;
}

export function worldOf(merchantId: string): World {
  const known = worlds.get(merchantId) ?? worldSchema.parse({});
  worlds.set(merchantId, known);
  return known;
}

export function setWorld(merchantId: string, change: Partial<World>): World {
  const changed = { ...worldOf(merchantId), ...change };
  worlds.set(merchantId, changed);
  return changed;
}

/** The merchant's time as its provider has it. */
export function timeOf(merchantId: string): number {
  return realNow() + worldOf(merchantId).offsetMs;
}

/** Reads the settings once, and bends the globals. */
export function prepare(text: string): Settings {
  if (settings) return settings;
  settings = settingsSchema.parse(JSON.parse(text));
  for (const [merchantId, world] of Object.entries(settings.worlds)) setWorld(merchantId, world);
  Date.now = bentNow;
  globalThis.fetch = bentFetch;
  AbortSignal.timeout = bentTimeout;
  return settings;
}

/** Counts what a merchant's objects wait for, so that its clock is moved only when all is quiet. */
export async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
  const merchantId = currentMerchant() ?? "";
  const calls = busy.get(merchantId) ?? new Set();
  busy.set(merchantId, calls);
  const call = Symbol("call");
  calls.add(call);
  try {
    return await work();
  } finally {
    calls.delete(call);
  }
}

export function isBusy(merchantId: string): boolean {
  return (busy.get(merchantId)?.size ?? 0) > 0;
}

/** A dead object's calls never end. */
export function forgetCalls(merchantId: string): void {
  busy.delete(merchantId);
}

export const unbentFetch = realFetch;

function bentNow(): number {
  const scope = scopes.getStore();
  if (!scope) return realNow();
  const { offsetMs, skewMs } = worldOf(scope.merchantId);
  return realNow() + skewMs + (scope.place === "object" ? offsetMs : 0);
}

function bentTimeout(ms: number): AbortSignal {
  return realTimeout(Math.round(ms / (scopes.getStore() ? (settings?.scale ?? 1) : 1)));
}

/** Sends a merchant's provider calls to the books of that merchant. */
function bentFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const scope = scopes.getStore();
  const sandbox = settings?.sandbox ?? "";
  if (!scope || typeof input !== "string" || !input.startsWith(sandbox)) {
    return realFetch(input, init);
  }
  const { merchantId } = scope;
  const { payDnsFailures } = worldOf(merchantId);
  const path = input.slice(sandbox.length);
  if (payDnsFailures > 0 && path.endsWith("/pay")) {
    setWorld(merchantId, { payDnsFailures: payDnsFailures - 1 });
    return realFetch("http://127.0.0.1:9/nobody-listens", init);
  }
  return realFetch(`${sandbox}/books/${merchantId}${path}`, init);
}
