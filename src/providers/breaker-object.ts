/**
 * The shared view of one merchant's provider: isolates bring what their calls came to and take the state of its
 * circuits away. Only here is a probe given out, so that one leaves in the whole world. Writes on a change
 * of state only: a provider on a good day costs no write.
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import { type Clock, type Log, MINUTE_MS, once } from "#base";
import {
  type Circuit,
  CLOSED,
  endProbe,
  leftMsOf,
  note,
  takeProbe,
  type Tally,
} from "./breaker.ts";
import { type OperationName, OPERATIONS } from "./policies.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS circuits (
  operation TEXT PRIMARY KEY, state TEXT NOT NULL, until_ms INTEGER NOT NULL, probe TEXT NOT NULL) STRICT;
`;

/** A circuit that nobody has asked for since then is forgotten, and begins closed. */
export const FORGET_AFTER_MS = 10 * MINUTE_MS;

const rowSchema = once(() =>
  z.object({
    operation: z.enum(OPERATIONS),
    state: z.enum(["open", "half_open"]),
    until_ms: z.int(),
    probe: z.string(),
  }),
);

export interface BreakerReport {
  readonly tallies: Readonly<Partial<Record<OperationName, Tally>>>;
  readonly probes: readonly {
    readonly operation: OperationName;
    readonly probe: string;
    readonly failed: boolean;
  }[];
}

/** Circuits that are not closed. Times are durations: clocks may differ. */
export type BreakerSnapshot = Readonly<
  Partial<Record<OperationName, { readonly state: "open" | "half_open"; readonly leftMs: number }>>
>;

export type ProbeAnswer =
  | { readonly type: "probe" }
  | { readonly type: "closed" }
  | { readonly type: "wait"; readonly leftMs: number };

export interface BreakerDeps {
  readonly nowMs: Clock;
  readonly log: Log;
}

export abstract class BreakerObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: BreakerDeps;
  readonly #circuits = new Map<OperationName, Circuit>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
    for (const stored of ctx.storage.sql.exec("SELECT * FROM circuits").toArray()) {
      const row = rowSchema().safeParse(stored).data;
      if (!row) continue; // Of an operation that is no more.
      const { operation, state, probe, until_ms: untilMs } = row;
      this.#circuits.set(
        operation,
        state === "open" ? { state, untilMs } : { state, probe, untilMs },
      );
    }
  }

  /** Adds results, and answers how the circuits are. An empty report only asks. */
  async exchange({ tallies, probes }: BreakerReport): Promise<BreakerSnapshot> {
    const nowMs = this.deps.nowMs();
    for (const { operation, ...end } of probes) {
      await this.#become(operation, endProbe(this.#circuit(operation), end, nowMs));
    }
    for (const operation of OPERATIONS) {
      const tally = tallies[operation];
      if (tally) await this.#become(operation, note(this.#circuit(operation), tally, nowMs));
    }
    return this.#snapshot(nowMs);
  }

  /** Whether the caller may probe; the same probe may ask again (an answer that was lost). */
  async askProbe(operation: OperationName, probe: string): Promise<ProbeAnswer> {
    const nowMs = this.deps.nowMs();
    const circuit = this.#circuit(operation);
    if (circuit.state === "closed") return { type: "closed" };
    const probing = takeProbe(circuit, probe, nowMs);
    if (!probing) return { type: "wait", leftMs: leftMsOf(circuit, nowMs) };
    await this.#become(operation, probing);
    return { type: "probe" };
  }

  override async alarm(): Promise<void> {
    const beforeMs = this.deps.nowMs() - FORGET_AFTER_MS;
    for (const [operation, circuit] of this.#circuits) {
      const isOld = circuit.state !== "closed" && circuit.untilMs < beforeMs;
      if (isOld) await this.#become(operation, CLOSED);
    }
    const isAnyLeft = [...this.#circuits.values()].some(({ state }) => state !== "closed");
    if (isAnyLeft) await this.#comeBack();
  }

  #circuit(operation: OperationName): Circuit {
    return this.#circuits.get(operation) ?? CLOSED;
  }

  #snapshot(nowMs: number): BreakerSnapshot {
    const entries = [...this.#circuits].flatMap(([operation, circuit]) =>
      circuit.state === "closed"
        ? []
        : [[operation, { state: circuit.state, leftMs: leftMsOf(circuit, nowMs) }] as const],
    );
    return Object.fromEntries(entries);
  }

  async #become(operation: OperationName, circuit: Circuit): Promise<void> {
    const before = this.#circuit(operation);
    this.#circuits.set(operation, circuit);
    if (circuit === before || (circuit.state === "closed" && before.state === "closed")) return;
    const name = this.ctx.id.name ?? "";
    this.deps.log("warn", "circuit_breaker", { name, operation, state: circuit.state });
    const { sql } = this.ctx.storage;
    if (circuit.state === "closed") {
      sql.exec("DELETE FROM circuits WHERE operation = ?", operation);
      return;
    }
    const probe = circuit.state === "half_open" ? circuit.probe : "";
    const row = [operation, circuit.state, circuit.untilMs, probe] as const;
    sql.exec("INSERT OR REPLACE INTO circuits VALUES (?, ?, ?, ?)", ...row);
    if ((await this.ctx.storage.getAlarm()) === null) await this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    await this.ctx.storage.setAlarm(this.deps.nowMs() + FORGET_AFTER_MS);
  }
}
