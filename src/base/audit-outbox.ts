/**
 * Events for the audit log, written in the transaction of the change that they tell of (I7). They are delivered in their
 * order, at least once: the log knows an event by its id. What fails is tried again later and later, at last every hour.
 */
import * as z from "zod";
import { type AuditEvent, auditEventSchema, type ChangedBy } from "./audit-event.ts";
import { type Clock, HOUR_MS, MINUTE_MS } from "./clock.ts";
import { randomId } from "./ids.ts";
import { errorMessage, type Log } from "./log.ts";
import { once } from "./once.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS audit_outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT;
`;
/** Where the times of the next try stand, beside the table. */
const TRIES = "audit_tries";
const NEXT_AT_MS = "audit_next_at_ms";
/** What one delivery takes along. */
const BATCH_MAX = 100;
const AGAIN_MS = { first: MINUTE_MS, max: HOUR_MS } as const;

/** What the log is told of a change; never a value. */
export interface AuditFact {
  /** For what may be told twice and counts once. */
  readonly id?: string;
  readonly atMs: number;
  /** Null: what the gateway does by itself. */
  readonly by: ChangedBy | null;
  readonly action: string;
  readonly object: AuditEvent["object"];
  readonly details: AuditEvent["details"];
}

export interface AuditOutbox {
  /** To be called inside the transaction of the change. */
  readonly write: (fact: AuditFact) => void;
  /** Brings what is due to the log. What the log does not take is said in ours, and has a time for its next try. */
  readonly deliver: (
    send: (events: readonly AuditEvent[]) => Promise<void>,
    ports: {
      readonly nowMs: Clock;
      readonly log: Log;
      /** Whose events they are, for our log. */
      readonly about: Readonly<Record<string, string>>;
    },
  ) => Promise<void>;
  /** When something waits to be tried. */
  readonly nextAtMs: () => number | null;
}

const rowSchema = once(() => z.object({ seq: z.int(), event: z.string() }));

export function auditOutbox(storage: DurableObjectStorage): AuditOutbox {
  const { sql, kv } = storage;
  sql.exec(SCHEMA);
  const waiting = () =>
    rowSchema()
      .array()
      .parse(
        sql.exec("SELECT seq, event FROM audit_outbox ORDER BY seq LIMIT ?", BATCH_MAX).toArray(),
      );
  const postpone = (nowMs: number) => {
    const tries = Number(kv.get(TRIES) ?? 0);
    const waitMs = Math.min(AGAIN_MS.max, AGAIN_MS.first * 2 ** Math.min(tries, 10));
    kv.put(TRIES, tries + 1);
    kv.put(NEXT_AT_MS, nowMs + waitMs);
  };
  const nextAtMs = () => (waiting().length === 0 ? null : Number(kv.get(NEXT_AT_MS) ?? 0));
  return {
    write(fact) {
      sql.exec("INSERT INTO audit_outbox (event) VALUES (?)", JSON.stringify(eventOf(fact)));
    },
    async deliver(send, { nowMs, log, about }) {
      const startMs = nowMs();
      if ((nextAtMs() ?? Infinity) > startMs) return;
      for (let rows = waiting(); rows.length > 0; rows = waiting()) {
        try {
          await send(rows.map(({ event }) => auditEventSchema().parse(JSON.parse(event))));
        } catch (error) {
          postpone(startMs);
          const fields = { ...about, error: errorMessage(error) };
          log("warn", "events not delivered to the audit log", fields);
          return;
        }
        sql.exec("DELETE FROM audit_outbox WHERE seq <= ?", rows.at(-1)?.seq ?? 0);
        kv.delete(TRIES);
        kv.delete(NEXT_AT_MS);
      }
    },
    nextAtMs,
  };
}

const SELF = { type: "system", id: "gateway" } as const;

function eventOf({
  id = randomId("evt"),
  atMs,
  by,
  action,
  object,
  details,
}: AuditFact): AuditEvent {
  return {
    id,
    atMs,
    actor: by ? { type: "api_key", id: by.keyId } : SELF,
    action,
    object,
    outcome: "success",
    requestId: by?.requestId ?? null,
    address: by?.address ?? null,
    details,
  };
}
