/**
 * The live checks of security (docs/security-status.md): each looks now at the thing itself. A check that rejects or takes
 * too long has failed; what it found out on the way is told beside its verdict, for figures that come from the same look.
 */
import { type Clock, errorMessage, type Log } from "#base";

/** What each check is worth; together 100. */
export const CHECK_WEIGHTS = {
  audit_chain: 12,
  audit_sealing: 6,
  keys_due: 8,
  tokens_fresh: 6,
  breakers_closed: 6,
  backup_recent: 8,
  kv: 5,
  durable_objects: 5,
  webhooks_heard: 5,
  notifications_delivered: 4,
  masking: 8,
  secure_headers: 6,
  signatures_required: 10,
  key_ages: 6,
  residency: 3,
  risk_profiles: 2,
} as const;

export type CheckId = keyof typeof CHECK_WEIGHTS;

export interface Circuit {
  readonly provider: string;
  readonly operation: string;
  readonly state: "closed" | "half_open" | "open";
}

/** What checks find out; a figure whose check did not answer is absent, never assumed. */
export interface SecurityFacts {
  readonly circuits: readonly Circuit[];
  readonly token: "active" | "stale" | "failed";
  /** Entries of the audit log that are known, and how many of them were verified. */
  readonly auditCoverage: { readonly known: number; readonly verified: number };
  readonly auditUnsealed: number;
  readonly parkedNotifications: number;
  readonly webhookSilenceMs: number;
}

export interface Verdict {
  readonly ok: boolean;
  /** For people; no secret, no person. */
  readonly detail: string;
}

export interface Look extends Verdict {
  readonly facts?: Partial<SecurityFacts>;
}

export interface Check {
  readonly id: CheckId;
  readonly weight: number;
  /** May reject, and may take too long. */
  readonly run: () => Promise<Look>;
}

export interface CheckResult extends Verdict {
  readonly id: CheckId;
  readonly weight: number;
  readonly atMs: number;
}

/** One check may not hold up the answer. */
const CHECK_MS_MAX = 3_000;

export interface RunPorts {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Runs all of them at once. Never rejects; an error's reason goes to the log only. */
export async function runChecks(
  checks: readonly Check[],
  ports: RunPorts,
): Promise<{ readonly results: CheckResult[]; readonly facts: Partial<SecurityFacts> }> {
  const looks = await Promise.all(
    checks.map(async ({ id, weight, run }) => {
      const { ok, detail, facts } = await lookOnce(id, run, ports);
      return { result: { id, weight, ok, detail, atMs: ports.nowMs() }, facts };
    }),
  );
  return {
    results: looks.map(({ result }) => result),
    facts: Object.assign({}, ...looks.map(({ facts }) => facts)),
  };
}

async function lookOnce(id: CheckId, run: Check["run"], { log, sleep }: RunPorts): Promise<Look> {
  const tooLong = sleep(CHECK_MS_MAX).then(() => ({ ok: false, detail: "no answer in time" }));
  const looking = async () => {
    try {
      return await run();
    } catch (error) {
      log("error", "security check failed", { id, error: errorMessage(error) });
      return { ok: false, detail: "does not answer" };
    }
  };
  return Promise.race([looking(), tooLong]);
}
