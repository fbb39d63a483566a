/**
 * One merchant's audit log: the only writer of its chain, from its first entry on (ADR 10). An append that was
 * answered is durable; what is sealed leaves only after the bucket's copy was read back and compared (I7, I8).
 * Distrusts the bucket: it may be away, may know a segment already, or hold another one under its name.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type AuditEvent,
  auditEventSchema,
  errorMessage,
  merchantIdSchema,
  type ObjectDump,
  sha256Hex,
} from "#base";
import { copyObject, type ObjectCopy, restoreObject } from "#base-objects";
import type { Generations, RewrapReport } from "#vault";
import { adoptSegments } from "./adopt.ts";
import { verifyLog } from "./check.ts";
import type { AuditDeps } from "./ports.ts";
import type { Entry } from "./entry.ts";
import {
  keyMadeEvent,
  readEvent,
  type Reader,
  removedEvent,
  restoredEvent,
  startedEvent,
} from "./events.ts";
import { EVENTS_MAX, IDS_KEPT_MS, SEGMENTS_PER_RUN_MAX } from "./limits.ts";
import { removeExpired } from "./retention.ts";
import { alarmAtMs, isSealDue, retryAfterMs } from "./schedule.ts";
import { sealEntries } from "./seal-entry.ts";
import { sealNext } from "./seal-next.ts";
import { type AuditPage, type AuditQuery, searchLog } from "./search.ts";
import { type KeyHolder, makeKeyHolder } from "./signing.ts";
import { keksOf, noteKeks } from "./keks.ts";
import {
  type AuditStanding,
  checkVerdict,
  sealingVerdict,
  standingOf,
  type Verdict,
} from "./standing.ts";
import { failuresOf, sealedHeadOf, tipOf } from "./state.ts";
import { insertEntry, knownIds, liveSum, SCHEMA } from "./store.ts";
import type { AuditKeys } from "./verify.ts";

export abstract class AuditObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: AuditDeps;
  readonly #merchantId = merchantIdSchema.parse(this.ctx.id.name);
  #keys: KeyHolder | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Logs events in their order; one that is known by its id is passed over. Answered when all are durable. */
  async append(events: readonly AuditEvent[]): Promise<void> {
    const parsed = auditEventSchema().array().max(EVENTS_MAX).parse(events);
    const ids = await Promise.all(parsed.map(({ id }) => sha256Hex(id)));
    const byId = new Map(parsed.map((event, index) => [ids[index] ?? "", event]));
    const started = startedEvent(this.deps.nowMs());
    const startedId = await sha256Hex(started.id);
    // Made with the log: a backup must hold the key before anything is sealed with it.
    if (!tipOf(this.ctx.storage)) await this.#keyHolder().currentId();
    // What another call wrote while this one sealed has taken its places: it seals anew for the next ones.
    for (;;) {
      const tip = tipOf(this.ctx.storage);
      const known = knownIds(this.ctx.storage.sql, [...byId.keys()]);
      const fresh = [...byId].filter(([id]) => !known.has(id));
      if (fresh.length === 0) return;
      if (!tip) fresh.unshift([startedId, started]);
      const chain = { keyring: this.deps.keyring, merchantId: this.#merchantId, tip };
      const list = fresh.map(([, event]) => event);
      const entries = await sealEntries(chain, list, this.deps.nowMs());
      if (tipOf(this.ctx.storage)?.sequence !== tip?.sequence) continue;
      this.#write(
        entries,
        fresh.map(([id]) => id),
      );
      return this.#arm();
    }
  }

  /** A page of the log, newest first; that it was read stands in the log before it is answered. */
  async search(query: AuditQuery, reader: Reader): Promise<AuditPage> {
    const nowMs = this.deps.nowMs();
    await this.append([readEvent(reader, nowMs)]);
    return searchLog(this.#place(), query, nowMs);
  }

  /** What a verification trusts: public keys, and how far the log is sealed. */
  async keys(): Promise<AuditKeys> {
    const keys = await this.#keyHolder().publicKeys();
    return { merchantId: this.#merchantId, keys, head: sealedHeadOf(this.ctx.storage) ?? null };
  }

  /** Once a day: is what was sealed lately still there and whole (PCI-10.4.1.1), and is something's time over. */
  async daily(): Promise<{ readonly ok: boolean; readonly detail: string }> {
    const nowMs = this.deps.nowMs();
    const check = await verifyLog(this.#place(), await this.keys(), nowMs);
    this.ctx.storage.kv.put("check", check);
    if (!check.ok) {
      const { detail } = check;
      this.deps.log("error", "audit log does not verify", { merchantId: this.#merchantId, detail });
    }
    await removeExpired(this.#place(), this.#keyHolder(), {
      nowMs,
      log: ({ fromSegment, toSegment }) =>
        this.append([removedEvent(fromSegment, toSegment, nowMs)]),
    });
    await this.#rotateKey(nowMs);
    return { ok: check.ok, detail: check.detail };
  }

  async #rotateKey(nowMs: number): Promise<void> {
    const keyId = await this.#keyHolder().rotateIfDue();
    if (keyId !== undefined) await this.append([keyMadeEvent(keyId, nowMs)]);
  }

  /** What the last check found, and whether seals are late. */
  health(): Verdict {
    const { storage } = this.ctx;
    const nowMs = this.deps.nowMs();
    const sealing = sealingVerdict(storage, nowMs);
    return sealing.ok ? checkVerdict(storage, nowMs) : sealing;
  }

  /** How far the log can be relied on: what the last check found, and what is not sealed yet, verified now. */
  standing(): Promise<AuditStanding> {
    return standingOf(this.#place(), this.deps.nowMs());
  }

  /**
   * Which key-encryption keys the log needs for as long as it is kept. Nothing is wrapped anew, since the chain is over
   * what is sealed; what retention removed is still counted.
   */
  closedBy(generations: Generations): RewrapReport {
    this.deps.keyring.generations.learn(generations);
    return { keks: keksOf(this.ctx.storage), unreadable: 0 };
  }

  /** For the backup. Ids that are known are left out: at worst a repeated event stands twice after a restore. */
  dump(): Promise<ObjectCopy> {
    return copyObject(this.ctx.storage, { without: ["seen"] });
  }

  /** Puts a dump back in place of what is here, and takes up what was sealed after it. */
  async restoreDump(dump: ObjectDump): Promise<void> {
    restoreObject(this.ctx.storage, dump);
    this.#keys = undefined;
    if (!tipOf(this.ctx.storage)) return; // It had not begun.
    try {
      const segments = await adoptSegments(this.#place(), (await this.keys()).keys);
      await this.append([restoredEvent(segments, this.deps.nowMs())]);
    } catch (error) {
      // The rest of the deployment comes back all the same; health will say that this log does not verify.
      const fields = { merchantId: this.#merchantId, error: errorMessage(error) };
      this.deps.log("error", "audit log not taken up after a restore", fields);
    }
  }

  /** Seals what is due. Run twice, it finds nothing to do the second time. */
  override async alarm(): Promise<void> {
    const { kv, sql } = this.ctx.storage;
    try {
      for (let run = 0; run < SEGMENTS_PER_RUN_MAX && this.#isSealDue(); run += 1) {
        await sealNext(this.#place(), this.#keyHolder(), this.deps.nowMs());
      }
      kv.delete("failures");
      sql.exec("DELETE FROM seen WHERE at_ms < ?", this.deps.nowMs() - IDS_KEPT_MS);
    } catch (error) {
      // The bucket is away, or holds something else under this name: entries stay here and are tried again.
      const count = (failuresOf(this.ctx.storage)?.count ?? 0) + 1;
      kv.put("failures", { count, notBeforeMs: this.deps.nowMs() + retryAfterMs(count) });
      const { log } = this.deps;
      const fields = { merchantId: this.#merchantId, count, error: errorMessage(error) };
      log("error", "audit segment not sealed", fields);
    }
    await this.#arm();
  }

  #isSealDue(): boolean {
    const live = liveSum(this.ctx.storage.sql);
    return live !== undefined && isSealDue(live, this.deps.nowMs());
  }

  #write(entries: readonly Entry[], idHashes: readonly string[]): void {
    const { kv, sql } = this.ctx.storage;
    this.ctx.storage.transactionSync(() => {
      for (const [index, entry] of entries.entries()) {
        insertEntry(sql, entry, idHashes[index] ?? "");
        const { sequence, hash, atMs } = entry;
        kv.put("tip", { sequence, hash, atMs });
      }
      noteKeks(this.ctx.storage, entries);
    });
  }

  async #arm(): Promise<void> {
    const live = liveSum(this.ctx.storage.sql);
    const notBeforeMs = failuresOf(this.ctx.storage)?.notBeforeMs ?? 0;
    if (!live) return;
    await this.ctx.storage.setAlarm(Math.max(alarmAtMs(live), notBeforeMs));
  }

  #place() {
    const { keyring, bucket } = this.deps;
    return { merchantId: this.#merchantId, storage: this.ctx.storage, keyring, bucket };
  }

  #keyHolder(): KeyHolder {
    this.#keys ??= makeKeyHolder(this.#place(), this.deps.nowMs);
    return this.#keys;
  }
}
