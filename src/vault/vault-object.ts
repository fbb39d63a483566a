/**
 * One per merchant: its API keys, its configuration, its credentials. A secret that is made here is shown once, one that is
 * brought here never; all lie sealed. What isolates work with is a sealed snapshot, from here or from KV. The end of a key
 * is told to the merchant's gates before it is answered, so that it holds from the next admission on, whatever an isolate
 * remembers (I11). Each change goes with the event that tells of it (I7).
 */
import { DurableObject } from "cloudflare:workers";
import {
  assert,
  type AuditEvent,
  type ChangedBy,
  DAY_MS,
  errorMessage,
  type MerchantId,
  merchantIdSchema,
  MINUTE_MS,
  type ObjectDump,
  ok,
  refused,
  type Result,
  SECOND_MS,
} from "#base";
import {
  type AuditFact,
  auditOutbox,
  copyObject,
  type ObjectCopy,
  restoreObject,
} from "#base-objects";
import { type ApiKeyOrder, type ApiKeyRecord, type MadeKey, nextNotice } from "./api-key-record.ts";
import { apiKeyRows } from "./api-key-rows.ts";
import {
  createKey,
  findKey,
  forgetEnded,
  keyTimesMs,
  listKeys,
  revokeKey,
  type RotatedKey,
  rotateKey,
  type RotationRefusal,
  untoldEnds,
} from "./api-key-store.ts";
import { configAt, configHistory, putConfig, rollBackConfig } from "./config-history.ts";
import {
  forgetReplaced,
  listCredentials,
  nextErasureAtMs,
  putCredential,
} from "./credential-store.ts";
import type { Generations } from "./generations.ts";
import { noticeOf, type VaultNotice } from "./key-notices.ts";
import type { SnapshotQuestion } from "./merchant-source.ts";
import { readFact } from "./read-fact.ts";
import {
  createRecordKeys,
  recordKeyRecord,
  type SealedRecordKey,
  usableRecordKeys,
} from "./record-keys.ts";
import { rewrapColumns } from "./rewrap-columns.ts";
import type { RewrapReport } from "./rewrap-report.ts";
import type {
  ConfigOrder,
  ConfigPage,
  ConfigRefusal,
  ConfigVersion,
  CredentialOrder,
  CredentialView,
  RollbackOrder,
} from "./settings-commands.ts";
import { settingsRows } from "./settings-rows.ts";
import { snapshotCopies } from "./snapshot-copies.ts";
import type { RecordContext, SettingsDeps, VaultRoom } from "./vault-room.ts";

/** When a gate has not heard of an end, or the copy is not written. */
const TRY_AGAIN_MS = MINUTE_MS;
/** The platform refuses alarms far ahead: what is due later sets it again. */
const ALARM_AHEAD_MAX_MS = 365 * DAY_MS;
const ALARM_AHEAD_MIN_MS = SECOND_MS;

export interface VaultDeps extends SettingsDeps {
  readonly rewrap: (context: RecordContext, sealed: string) => Promise<string | undefined>;
  /** Which keys to seal with from now on. */
  readonly learnGenerations: (generations: Generations) => void;
  readonly publishCopy: (merchantId: MerchantId, sealed: string) => Promise<void>;
  /** The merchant's keys that stand in the configuration. */
  readonly configured: (merchantId: MerchantId) => readonly ApiKeyRecord[];
  /** Tells every gate that the key uses. */
  readonly endKey: (merchantId: MerchantId, record: ApiKeyRecord, atMs: number) => Promise<void>;
  /** Brings a notice to the merchant's server; false when it is worth trying again. */
  readonly notify: (merchantId: MerchantId, notice: VaultNotice) => Promise<boolean>;
  /** Brings events to the audit log; it knows a repeated one by its id. Rejects until it has them (I7). */
  readonly audit: (merchantId: MerchantId, events: readonly AuditEvent[]) => Promise<void>;
}

/** The newest snapshot; without a text when the asker knows it. */
export interface SnapshotAnswer {
  readonly revision: number;
  readonly sealed: string | null;
}

export abstract class VaultObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: VaultDeps;
  readonly #keys = apiKeyRows(this.ctx.storage.sql);
  readonly #rows = settingsRows(this.ctx.storage.sql);
  readonly #audit = auditOutbox(this.ctx.storage);
  #readNoted: string | undefined;
  readonly #copies = snapshotCopies(this.ctx.storage.kv, () => this.#room());

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    createRecordKeys(ctx.storage.sql);
  }

  /** Makes a key; its secret is in the answer and nowhere else in the clear. */
  async createKey(order: ApiKeyOrder, by: ChangedBy): Promise<Result<MadeKey, "too_many">> {
    return this.#told(await createKey(this.#room(), order, by));
  }

  /** All keys, those of the configuration too, without secrets. */
  listKeys(): ApiKeyRecord[] {
    return listKeys(this.#room());
  }

  /** Makes the successor of a living key. A gate that has not heard hears within the overlap. */
  async rotateKey(
    id: string,
    overlapMs: number,
    by: ChangedBy,
  ): Promise<Result<RotatedKey, RotationRefusal>> {
    return this.#told(await rotateKey(this.#room(), { id, overlapMs }, by));
  }

  /** Ends a key at once. `not_told`: it is noted, but not every gate has heard yet; repeating it asks them again. */
  async revokeKey(
    id: string,
    by: ChangedBy,
  ): Promise<Result<ApiKeyRecord, "not_found" | "not_told">> {
    const revoked = revokeKey(this.#room(), id, by);
    if (!revoked.ok) return revoked;
    await this.#changed();
    return untoldEnds(this.#room()).some(({ record }) => record.id === id)
      ? refused("not_told")
      : ok(revoked.value);
  }

  /** A new version of the configuration, if the newest one is the one that the writer has seen. */
  async putConfig(order: ConfigOrder): Promise<Result<ConfigVersion, ConfigRefusal>> {
    return this.#told(await putConfig(this.#room(), order));
  }

  /** A new version with the content of an older one. */
  async rollBackConfig(order: RollbackOrder): Promise<Result<ConfigVersion, ConfigRefusal>> {
    return this.#told(await rollBackConfig(this.#room(), order));
  }

  /** The configuration that counts, or one of its versions; `null` when there is none of that number. */
  async config(version?: number): Promise<ConfigVersion | null> {
    return (await configAt(this.#room(), version)) ?? null;
  }

  /** A page of versions below `before`, newest first. */
  configHistory(before?: number): Promise<ConfigPage> {
    return configHistory(this.#room(), before);
  }

  /** Sets a credential; nobody is told its value again. */
  async putCredential(order: CredentialOrder): Promise<Result<CredentialView, "too_many">> {
    return this.#told(await putCredential(this.#room(), order));
  }

  /** Names and versions of all credentials. */
  listCredentials(): CredentialView[] {
    return listCredentials(this.#room());
  }

  /** All that isolates need, sealed. */
  async snapshot({ knownRevision, copyMissing }: SnapshotQuestion): Promise<SnapshotAnswer> {
    if (copyMissing && this.#copies.isMissed()) {
      this.#copies.setDue();
      this.ctx.waitUntil(this.#publishCopy());
    }
    this.#noteRead();
    if (knownRevision === this.#copies.revision()) return { revision: knownRevision, sealed: null };
    const { revision, text } = await this.#copies.sealed();
    return { revision, sealed: text };
  }

  #noteRead(): void {
    const fact = readFact(this.#merchantId(), this.deps.nowMs());
    if (fact.id === this.#readNoted) return;
    this.#readNoted = fact.id;
    this.#audit.write(fact);
    this.ctx.waitUntil(this.#tellLog());
  }

  async #tellLog(): Promise<void> {
    await this.#setAlarm(); // should this die half-way
    await this.#deliverAudit();
    await this.#setAlarm();
  }

  /** What closes the merchant's archive and its customers' keys, sealed; the newest first. */
  recordKeys(): Promise<SealedRecordKey[]> {
    return this.#recordKeys(0);
  }

  #recordKeys(aheadMs: number): Promise<SealedRecordKey[]> {
    const { nowMs, seal } = this.deps;
    const merchantId = this.#merchantId();
    return usableRecordKeys(this.ctx.storage.sql, {
      nowMs,
      aheadMs,
      seal: (id, text) => seal({ merchantId, record: recordKeyRecord(id) }, text),
    });
  }

  /** Wraps everything sealed anew, by the current key (GCM-8); the copy too, where there is one. */
  async rewrap(generations: Generations): Promise<RewrapReport> {
    this.deps.learnGenerations(generations);
    const merchantId = this.#merchantId();
    const report = await rewrapColumns(this.ctx.storage.sql, (record, sealed) =>
      this.deps.rewrap({ merchantId, record }, sealed),
    );
    if (this.#copies.revision() > 0) {
      this.#copies.countUp(); // the snapshot too is sealed anew
      await this.#changed();
    }
    return report;
  }

  /** For the backup: every table as it stands; secrets in them are sealed. */
  async dump(): Promise<ObjectCopy> {
    // The payments that are copied after it are closed with one of these: none may be made in between.
    await this.#recordKeys(DAY_MS);
    return copyObject(this.ctx.storage);
  }

  /** Puts a dump back in place of what is here. The gates are new: they hear of every end again (I11). */
  async restoreDump(dump: ObjectDump): Promise<void> {
    restoreObject(this.ctx.storage, dump);
    this.#keys.forgetTold();
    this.#copies.countUp();
    await this.#changed();
  }

  override async alarm(): Promise<void> {
    const forgot = [forgetEnded(this.#room()), forgetReplaced(this.#room())];
    // Copies hold it too, until there is a newer one.
    if (forgot.includes(true)) this.#copies.countUp();
    await this.#changed();
    await this.#sendNotices();
    await this.#setAlarm();
  }

  /** Writes a change, the event that tells of it and the number of the new snapshot in one transaction. */
  #commit(fact: AuditFact, write: () => void): void {
    this.ctx.storage.transactionSync(() => {
      write();
      this.#audit.write(fact);
      this.#copies.countUp();
    });
  }

  /** What was done is told; a refusal has changed nothing. */
  async #told<Answer extends { readonly ok: boolean }>(answer: Answer): Promise<Answer> {
    if (answer.ok) await this.#changed();
    return answer;
  }

  /** What must follow a change: gates first, since the end of a key may not wait; then the copy and the log. */
  async #changed(): Promise<void> {
    this.#copies.setDue();
    await this.#setAlarm(); // should this die half-way
    await this.#tellGates();
    await Promise.all([this.#publishCopy(), this.#deliverAudit()]);
    await this.#setAlarm();
  }

  /** Tells of every end that not all gates know. One gate that does not answer holds up no other key. */
  async #tellGates(): Promise<void> {
    const merchantId = this.#merchantId();
    await Promise.all(
      untoldEnds(this.#room()).map(async ({ record, endMs }) => {
        try {
          await this.deps.endKey(merchantId, record, endMs);
          this.#keys.noteTold(record.id, endMs);
        } catch (error) {
          const fields = { merchantId, keyId: record.id, error: errorMessage(error) };
          this.deps.log("error", "a gate has not heard of a key's end", fields);
        }
      }),
    );
  }

  #publishCopy(): Promise<void> {
    const merchantId = this.#merchantId();
    return this.#copies.publish((sealed) => this.deps.publishCopy(merchantId, sealed));
  }

  /** What the log does not take waits for the alarm. */
  #deliverAudit(): Promise<void> {
    const merchantId = this.#merchantId();
    const { audit, log, nowMs } = this.deps;
    const about = { merchantId };
    return this.#audit.deliver((events) => audit(merchantId, events), { nowMs, log, about });
  }

  async #sendNotices(): Promise<void> {
    const merchantId = this.#merchantId();
    for (const { record } of this.#keys.all()) {
      const nowMs = this.deps.nowMs();
      const notice = nextNotice(record, nowMs);
      if (!notice || notice.atMs > nowMs) continue;
      // All go to one server: when it does not take this one, the others wait too.
      if (!(await this.#deliver(merchantId, noticeOf(record, notice)))) return;
      const latest = findKey(this.#room(), record.id);
      if (latest) this.#keys.write({ ...latest, noticesSent: record.noticesSent + 1 });
    }
  }

  async #deliver(merchantId: MerchantId, notice: VaultNotice): Promise<boolean> {
    try {
      return await this.deps.notify(merchantId, notice);
    } catch (error) {
      const fields = { merchantId, notice: notice.id, error: errorMessage(error) };
      this.deps.log("warn", "notice about an API key not sent", fields);
      return false;
    }
  }

  async #setAlarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const isUnfinished = this.#copies.isDue() || untoldEnds(this.#room()).length > 0;
    const soon = [this.#audit.nextAtMs(), nextErasureAtMs(this.#room())].filter(
      (atMs) => atMs !== null,
    );
    const times = [
      ...(isUnfinished ? [nowMs + TRY_AGAIN_MS] : []),
      ...soon.map((atMs) => Math.max(atMs, nowMs + ALARM_AHEAD_MIN_MS)),
      ...keyTimesMs(this.#room()),
    ];
    if (times.length === 0) return this.ctx.storage.deleteAlarm();
    return this.ctx.storage.setAlarm(Math.min(...times, nowMs + ALARM_AHEAD_MAX_MS));
  }

  #room(): VaultRoom {
    const merchantId = this.#merchantId();
    return {
      merchantId,
      deps: this.deps,
      keys: this.#keys,
      configuredKeys: () => this.deps.configured(merchantId),
      rows: this.#rows,
      commit: (fact, write) => this.#commit(fact, write),
    };
  }

  #merchantId(): MerchantId {
    const { name } = this.ctx.id;
    assert(name !== undefined, "a vault is reached by name");
    return merchantIdSchema.parse(name);
  }
}
