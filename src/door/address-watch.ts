/**
 * Signatures that an address had refused (api.md 4: 600 a minute, then 429). Counted in the isolate's memory, before
 * any hop; one in ten is reported to the platform's rate-limiting binding, which adds up the isolates of a place.
 * Who signs rightly is never slowed down by a neighbour behind the same address. Pure.
 */
import type { RateStatus } from "./rate-window.ts";

const QUOTA = 600;
const WINDOW_MS = 60_000;
/** The binding counts reports, so its limit in `wrangler.toml` is a tenth of the quota. */
const REPORT_EVERY = 10;
/** Some 2 MB at most; with more addresses than that the oldest are forgotten, and start anew. */
const ADDRESSES_MAX = 10_000;
const LIMIT = { name: "address", quota: QUOTA, windowMs: WINDOW_MS };

interface Entry {
  readonly sinceMs: number;
  refused: number;
}

export type AddressWatch = Map<string, Entry>;

export interface Noted {
  /** Whether the address has used up its minute, this time included. */
  readonly blocked: boolean;
  /** Whether the platform is to be told. */
  readonly report: boolean;
  readonly status: RateStatus;
}

/** Counts one refused signature. */
export function noteRefused(watch: AddressWatch, address: string, nowMs: number): Noted {
  const entry = currentEntry(watch, address, nowMs) ?? { sinceMs: nowMs, refused: 0 };
  const blocked = entry.refused >= QUOTA;
  if (!blocked) entry.refused += 1;
  if (!watch.has(address)) makeRoom(watch);
  watch.set(address, entry);
  const report = !blocked && entry.refused % REPORT_EVERY === 0;
  return { blocked, report, status: statusOf(entry, nowMs) };
}

/** The platform says that the place has had enough of this address. */
export function noteExhausted(watch: AddressWatch, address: string, nowMs: number): void {
  const entry = currentEntry(watch, address, nowMs);
  if (entry) entry.refused = QUOTA;
}

/** How many refusals are left to an address. */
export function addressStatus(watch: AddressWatch, address: string, nowMs: number): RateStatus {
  return statusOf(currentEntry(watch, address, nowMs), nowMs);
}

function currentEntry(watch: AddressWatch, address: string, nowMs: number): Entry | undefined {
  const entry = watch.get(address);
  if (!entry || nowMs - entry.sinceMs < WINDOW_MS) return entry;
  watch.delete(address);
  return undefined;
}

function makeRoom(watch: AddressWatch): void {
  if (watch.size < ADDRESSES_MAX) return;
  const [oldest] = watch.keys();
  if (oldest !== undefined) watch.delete(oldest);
}

function statusOf(entry: Entry | undefined, nowMs: number): RateStatus {
  if (!entry) return { limit: LIMIT, remaining: QUOTA, moreInMs: 0 };
  return {
    limit: LIMIT,
    remaining: QUOTA - entry.refused,
    moreInMs: entry.sinceMs + WINDOW_MS - nowMs,
  };
}
