/** `security-status` (api.md 7) from what was looked at just now. Pure. */
import { HOUR_MS, MINUTE_MS } from "#base";
import { PROBLEMS } from "#problems";
import type { CheckResult, SecurityFacts } from "../checks/check.ts";
import { securityScore } from "../checks/score.ts";

/** Refusals are counted over so long. */
const WINDOW_MS = HOUR_MS;

export interface SecurityLook {
  readonly results: readonly CheckResult[];
  readonly facts: Partial<SecurityFacts>;
  /** Problem codes and how often each was answered by the deployment within the window. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly window: Window;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Refusals are counted by the minute: the window begins with one. */
export function windowBefore(nowMs: number): Window {
  const fromMs = nowMs - WINDOW_MS;
  return { fromMs: fromMs - (fromMs % MINUTE_MS), toMs: nowMs };
}

/** What no client does by mistake for long: each is a kind of attack. */
const ATTACKS: readonly string[] = [
  "signature_invalid",
  "nonce_replayed",
  "digest_mismatch",
  "key_unknown",
  "key_revoked",
  "webhook_signature_invalid",
  "ip_not_allowed",
];
/** Fewer within a window are somebody's mistake. */
const ATTACK_REFUSALS_MIN = 10;

/** What the door refused: who was not let in, not who sent a wrong field. */
const DOOR_STATUSES: ReadonlySet<number> = new Set([401, 403, 429]);

export function securityStatus({ results, facts, refusals, window }: SecurityLook) {
  const blocked = Object.entries(PROBLEMS)
    .filter(([, { status }]) => DOOR_STATUSES.has(status))
    .map(([code]) => refusals[code] ?? 0);
  return {
    security_score: securityScore(results),
    active_threats: ATTACKS.filter((code) => (refusals[code] ?? 0) >= ATTACK_REFUSALS_MIN).length,
    blocked_requests: blocked.reduce((sum, count) => sum + count, 0),
    rate_limit_violations: refusals["rate_limited"] ?? 0,
    circuit_breaker_status: breakerStatus(facts),
    token_rotation_status: facts.token ?? "failed",
    audit_log_compliance: compliance(facts),
    checks: results.map(({ id, ok, detail, atMs }) => ({ id, ok, detail, at: atMs })),
    window: { from: window.fromMs, to: window.toMs },
  };
}

export type SecurityStatus = ReturnType<typeof securityStatus>;

/** `open`: some circuit is; `degraded`: one is being tried again, or nobody can say. */
function breakerStatus({ circuits }: Partial<SecurityFacts>): "healthy" | "degraded" | "open" {
  if (!circuits) return "degraded";
  if (circuits.some(({ state }) => state === "open")) return "open";
  return circuits.every(({ state }) => state === "closed") ? "healthy" : "degraded";
}

/** The share of known entries that were verified, rounded down: nothing but all of them is 100%. */
function compliance({ auditCoverage: coverage }: Partial<SecurityFacts>): string {
  if (!coverage) return "0%";
  const { known, verified } = coverage;
  return `${known === 0 ? 100 : Math.floor((verified * 100) / known)}%`;
}
