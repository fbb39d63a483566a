/** The audit log: the one way into it, what its objects work with, and what is asked of it. */
import { type AuditEvent, auditEventSchema, errorMessage, type MerchantId } from "#base";
import type { AuditDeps, FoundEntry, SegmentBucket } from "#audit-objects";
import type { HttpDeps } from "#http";
import { type Bindings, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { bucketOf } from "./buckets.ts";

/** As many as one call of the object takes. */
const EVENTS_PER_CALL = 100;

/**
 * Logs what happened to a merchant. Resolves when all of it is durable and rejects otherwise: the caller keeps its
 * events and comes again with all of them, and what is known already is passed over by its id (I7, I8).
 */
export async function appendAudit(
  env: Bindings,
  merchantId: MerchantId,
  events: readonly AuditEvent[],
): Promise<void> {
  for (let from = 0; from < events.length; from += EVENTS_PER_CALL) {
    await env.AUDITS.getByName(merchantId).append(events.slice(from, from + EVENTS_PER_CALL));
  }
}

/** What a merchant's log works with. */
export function wireAudit(env: Bindings): AuditDeps {
  return {
    nowMs: clock,
    log,
    keyring: configOf(env).keyring,
    bucket: segmentBucket(env),
  };
}

function segmentBucket(env: Bindings): SegmentBucket {
  const bucket = () => bucketOf(env, "audit");
  return {
    put: (name, text) => bucket().putNew(name, text),
    get: (name) => bucket().get(name),
    remove: (names) => bucket().remove(names),
  };
}

/** What the operations need of the log. */
export function auditPorts(env: Bindings): HttpDeps["audit"] {
  return {
    async search(merchantId, query, reader) {
      const { entries, before } = await env.AUDITS.getByName(merchantId).search(query, reader);
      return { entries: entries.map(readFound), before };
    },
    keys: (merchantId) => env.AUDITS.getByName(merchantId).keys(),
  };
}

function readFound({ eventJson, ...entry }: FoundEntry) {
  const event = eventJson === null ? null : auditEventSchema().parse(JSON.parse(eventJson));
  return { ...entry, event };
}

/** Whether a merchant's log verified when it was last looked at, and is sealed in time. */
export async function auditHealth(
  env: Bindings,
  merchantId: MerchantId,
): Promise<{ readonly ok: boolean; readonly detail: string }> {
  return env.AUDITS.getByName(merchantId).health();
}

/** Once a day for every merchant (PCI-10.4.1.1): verifies the newest part of its log, removes what is over. */
export async function checkAudits(env: Bindings): Promise<void> {
  for (const merchantId of configOf(env).directory.merchants.keys()) {
    try {
      await env.AUDITS.getByName(merchantId).daily();
    } catch (error) {
      // The object or the bucket does not answer: the others' logs are looked at all the same.
      log("error", "audit log not checked", { merchantId, error: errorMessage(error) });
    }
  }
}
