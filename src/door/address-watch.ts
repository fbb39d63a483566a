/**
 * Signatures that a network had refused (api.md 4: 600 a minute, then 429): an IPv4 address, or the /64 that a caller
 * with IPv6 has to itself. Counted exactly in the isolate's memory, before any hop; one in ten is reported to the
 * platform's rate-limiting binding, which adds up the isolates of a place. Who signs rightly is never slowed down by a
 * neighbour behind the same address (ADR 7). Pure.
 */
import {
  admitAt,
  latestWindow,
  type RateStatus,
  type RateWindow,
  statusesAt,
} from "./rate-window.ts";

const QUOTA = 600;
const WINDOW_MS = 60_000;
/** The binding counts reports, so its limit in `wrangler.toml` is a tenth of the quota. */
const REPORT_EVERY = 10;
/** With more networks than that in one minute, the one that was quiet longest starts anew. */
const NETWORKS_MAX = 10_000;
const LIMIT = { name: "address", quota: QUOTA, windowMs: WINDOW_MS };
const UNUSED = { limit: LIMIT, remaining: QUOTA, moreInMs: 0 };

/** By network; who had a refusal last stands last. Holds no more times than there were refusals in a minute. */
export type AddressWatch = Map<string, RateWindow>;

export interface Noted {
  /** Whether the network has used up its minute, this time included. */
  readonly blocked: boolean;
  /** Whether the platform is to be told. */
  readonly report: boolean;
  readonly status: RateStatus;
}

/** Counts one refused signature. */
export function noteRefused(watch: AddressWatch, network: string, nowMs: number): Noted {
  const window = latestWindow(watch, network, NETWORKS_MAX);
  const { admitted, statuses } = admitAt(window, [LIMIT], nowMs);
  forgetQuiet(watch, nowMs);
  const report = admitted && window.timesMs.length % REPORT_EVERY === 0;
  return { blocked: !admitted, report, status: statuses[0] ?? UNUSED };
}

/** The platform says that the place has had enough of this network: none of its isolates takes more for a minute. */
export function noteExhausted(watch: AddressWatch, network: string, nowMs: number): void {
  const { timesMs } = latestWindow(watch, network, NETWORKS_MAX);
  timesMs.splice(0, timesMs.length, ...Array.from({ length: QUOTA }, () => nowMs));
}

/** How many refusals are left to a network. */
export function addressStatus(watch: AddressWatch, network: string, nowMs: number): RateStatus {
  const window = watch.get(network);
  return (window && statusesAt(window, [LIMIT], nowMs)[0]) ?? UNUSED;
}

function forgetQuiet(watch: AddressWatch, nowMs: number): void {
  for (const [network, { timesMs }] of watch) {
    if ((timesMs.at(-1) ?? 0) > nowMs - WINDOW_MS) return;
    watch.delete(network);
  }
}
