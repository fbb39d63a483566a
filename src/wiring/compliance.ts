/** Evidence for the compliance report: what is looked at, now, and under which name the catalogue of controls knows it. */
import { version } from "../../package.json";
import { DAY_MS, errorMessage, type MerchantId, once } from "#base";
import type { HttpDeps } from "#http";
import { type Evidence, type EvidenceId, reportOf } from "#ops-compliance";
import type { ResidencyReport } from "#residency";
import type { KeyInventory } from "#vault";
import { clock, log } from "../platform.ts";

type Seen = Pick<Evidence, "detail" | "ok">;

interface NamedLook {
  readonly names: readonly EvidenceId[];
  readonly run: () => Promise<Seen>;
}

/** What the evidence is taken from. */
type EvidencePorts = Pick<HttpDeps, "health" | "keys" | "residency">;

/** One look that hangs may not hold up the report. */
const LOOK_MS_MAX = 5_000;

/** Names of health's checks in the catalogue. One look at the audit log tells both that it verifies and that it is sealed. */
const NAMES_OF_CHECKS: ReadonlyMap<string, readonly EvidenceId[]> = new Map([
  ["audit", ["audit_chain", "audit_sealing"]],
  ["backup", ["backup_recent"]],
  ["kv", ["kv"]],
  ["durable_objects", ["durable_objects"]],
  ["token:phonepe", ["tokens_fresh"]],
  ["breaker:phonepe", ["breakers_closed"]],
  ["breaker:razorpay", ["breakers_closed"]],
]);

/** What was seen of a merchant's gateway just now. */
type EvidenceSource = (merchantId: MerchantId) => Promise<readonly Evidence[]>;

export function compliancePorts(evidenceOf: EvidenceSource): Pick<HttpDeps, "complianceReport"> {
  return {
    async complianceReport(merchantId, framework) {
      const evidence = await evidenceOf(merchantId);
      return reportOf({
        framework,
        evidence,
        nowMs: clock(),
        gatewayVersion: version,
        newUuid: () => crypto.randomUUID(),
      });
    },
  };
}

/** All that is there to be looked at. What is not in it counts as not seen. */
export function evidenceFrom({ health, keys, residency }: EvidencePorts): EvidenceSource {
  return async (merchantId) => {
    const checks = await health.checksOf(merchantId);
    const inventory = once(() => keys.inventory(merchantId));
    const looks: readonly NamedLook[] = [
      ...checks.map(({ id, run }) => ({ names: NAMES_OF_CHECKS.get(id) ?? [], run })),
      { names: ["keys_due"], run: async () => dueKeys(await inventory(), clock()) },
      { names: ["key_ages"], run: async () => agesOf(await inventory(), clock()) },
      { names: ["residency"], run: async () => residencyLook(await residency.report()) },
    ];
    const named = looks.filter(({ names }) => names.length > 0);
    const seen = await Promise.all(named.map((look) => taken(look, health.sleep(LOOK_MS_MAX))));
    return seen.flat();
  };
}

/** What fails or hangs is evidence too, and not in favour. The reason goes to the log only. */
async function taken({ names, run }: NamedLook, limit: Promise<void>): Promise<Evidence[]> {
  const failed = (error: unknown) => {
    log("error", "evidence not collected", { names: names.join(), error: errorMessage(error) });
    return { ok: false, detail: "does not answer" };
  };
  const tooLong = limit.then(() => ({ ok: false, detail: "no answer in time" }));
  const { ok, detail } = await Promise.race([run().catch(failed), tooLong]);
  return names.map((id) => ({ id, ok, detail, atMs: clock() }));
}

/** A key that was to be replaced, or to end, before now (PCI-3.7.4). */
function dueKeys({ names, keys }: KeyInventory, nowMs: number): Seen {
  const isOver = ({ dueAtMs }: { readonly dueAtMs: number | null }) =>
    dueAtMs !== null && dueAtMs <= nowMs;
  const over = [
    ...names.filter(isOver).map(({ name }) => name),
    ...keys
      .filter(({ state }) => state !== "destroyed")
      .filter(isOver)
      .map(({ id }) => id),
  ];
  if (over.length > 0) return { ok: false, detail: `overdue: ${over.join(", ")}` };
  return { ok: true, detail: `none of ${names.length + keys.length}` };
}

/** The inventory is whole: what is in use is there. */
function agesOf({ keys }: KeyInventory, nowMs: number): Seen {
  const lost = keys.filter(({ inUse, state }) => inUse && state === "destroyed");
  if (lost.length > 0) {
    return { ok: false, detail: `in use and not there: ${lost.map(({ id }) => id).join(", ")}` };
  }
  const active = keys.filter(({ state }) => state === "active");
  const oldestMs = Math.max(0, ...active.map(({ madeAtMs }) => nowMs - madeAtMs));
  const days = Math.floor(oldestMs / DAY_MS);
  return { ok: true, detail: `${keys.length} keys, the oldest active one ${days} days old` };
}

function residencyLook(report: ResidencyReport): Seen {
  if (report.mode === "off") return { ok: false, detail: report.statement };
  const { localized, findings, store } = report;
  if (!localized) return { ok: false, detail: findings.join(", ") };
  return { ok: true, detail: `in India only: ${store.location}` };
}
