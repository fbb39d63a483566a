/**
 * One circuit of the breaker, pure: closed, open for a while, then one probe at a time. The shared circuit and each
 * isolate's own are of this one kind. Times further ahead than a circuit sets them come of a clock that was set
 * back, and count as over.
 */
import { SECOND_MS } from "#base";

export const FAILURES_MIN = 5;
export const FAILURE_SHARE_MIN = 0.5;
export const WINDOW_MS = 30 * SECOND_MS;
/** The window slides in steps. */
export const BUCKET_MS = 3 * SECOND_MS;
/** api.md 8: a breaker that opened probes again after 15 s. */
export const OPEN_MS = 15 * SECOND_MS;
/** Longer than any call takes, so that a probe whose isolate died is replaced, and one that lives is not. */
export const PROBE_LEASE_MS = 20 * SECOND_MS;

export interface Tally {
  readonly calls: number;
  readonly failures: number;
}

interface Bucket extends Tally {
  readonly startMs: number;
}

export type Circuit =
  | { readonly state: "closed"; readonly window: readonly Bucket[] }
  | { readonly state: "open"; readonly untilMs: number }
  | { readonly state: "half_open"; readonly probe: string; readonly untilMs: number };

export const CLOSED: Circuit = { state: "closed", window: [] };

/** Adds results to the window and opens on too many failures; what ends after the circuit opened is old news. */
export function note(circuit: Circuit, { calls, failures }: Tally, nowMs: number): Circuit {
  if (circuit.state !== "closed") return circuit;
  const startMs = nowMs - (nowMs % BUCKET_MS);
  const others = circuit.window.filter(
    (bucket) => bucket.startMs < startMs && nowMs - bucket.startMs < WINDOW_MS,
  );
  const same = circuit.window.find((bucket) => bucket.startMs === startMs);
  const present = {
    startMs,
    calls: (same?.calls ?? 0) + calls,
    failures: (same?.failures ?? 0) + failures,
  };
  const window = [...others, present];
  return isBroken(window)
    ? { state: "open", untilMs: nowMs + OPEN_MS }
    : { state: "closed", window };
}

function isBroken(window: readonly Bucket[]): boolean {
  const calls = window.reduce((sum, bucket) => sum + bucket.calls, 0);
  const failures = window.reduce((sum, bucket) => sum + bucket.failures, 0);
  return failures >= FAILURES_MIN && failures >= calls * FAILURE_SHARE_MIN;
}

/** How long a circuit that is not closed lets nobody through, in ms. */
export function leftMsOf(circuit: Circuit, nowMs: number): number {
  if (circuit.state === "closed") return 0;
  const leftMs = circuit.untilMs - nowMs;
  const leftMsMax = circuit.state === "open" ? OPEN_MS : PROBE_LEASE_MS;
  return leftMs > leftMsMax ? 0 : Math.max(0, leftMs);
}

/** The circuit with this probe out; `undefined` while it is closed, not yet time, or another probe is out. */
export function takeProbe(circuit: Circuit, probe: string, nowMs: number): Circuit | undefined {
  if (circuit.state === "closed") return undefined;
  const asksAgain = circuit.state === "half_open" && circuit.probe === probe;
  if (!asksAgain && leftMsOf(circuit, nowMs) > 0) return undefined;
  return { state: "half_open", probe, untilMs: nowMs + PROBE_LEASE_MS };
}

/** A probe's answer closes the circuit or opens it anew; a probe that was replaced meanwhile has no say. */
export function endProbe(
  circuit: Circuit,
  end: { readonly probe: string; readonly failed: boolean },
  nowMs: number,
): Circuit {
  if (circuit.state !== "half_open" || circuit.probe !== end.probe) return circuit;
  return end.failed ? { state: "open", untilMs: nowMs + OPEN_MS } : CLOSED;
}
