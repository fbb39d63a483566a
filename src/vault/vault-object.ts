/**
 * One per merchant: its API keys. A secret is shown once, when it is made, and lies here sealed; what isolates work
 * with is a sealed copy in KV. The end of a key is told to the merchant's gates before it is answered, so that it
 * holds from the next admission on, whatever an isolate remembers (I11).
 */
import { DurableObject } from "cloudflare:workers";
import {
  assert,
  type Clock,
  DAY_MS,
  errorMessage,
  HOUR_MS,
  type Log,
  type MerchantId,
  merchantIdSchema,
  MINUTE_MS,
  type ObjectDump,
  ok,
  randomBytes,
  refused,
  type Result,
  toBase64Url,
} from "#base";
import { bookmarkOf, dumpObject, restoreObject } from "#base-objects";
import {
  apiKeyId,
  type ApiKeyOrder,
  type ApiKeyRecord,
  endsAtMs,
  type KeyNotice,
  type MadeKey,
  newRecord,
  nextNotice,
  refusedFromMs,
  revoke,
  rotate,
  stateOf,
  withConfigured,
} from "./api-key-record.ts";
import { type ApiKeyRows, apiKeyRows } from "./api-key-rows.ts";
import type { CopiedKey } from "./api-key-source.ts";

/** Living keys of one merchant; more are a mistake in a script. */
const LIVING_KEYS_MAX = 100;
/** Each of them may be rotated once while its overlap lasts. */
const LIVING_KEYS_IN_ROTATION_MAX = 2 * LIVING_KEYS_MAX;
/** An ended key is listed for a while, then forgotten; sooner where there are very many. */
const LISTED_AFTER_END_MS = 90 * DAY_MS;
const LISTED_ENDED_MAX = 200;
const NOTICE_AGAIN_MS = HOUR_MS;
/** When a gate has not heard of an end, or the copy is not written. */
const TRY_AGAIN_MS = MINUTE_MS;
/** The platform refuses alarms far ahead: what is due later sets it again. */
const ALARM_AHEAD_MAX_MS = 365 * DAY_MS;
const SECRET_BYTES = 32;
const ID_BYTES = 9;

export interface VaultDeps {
  readonly nowMs: Clock;
  /** Seals and opens in the context of one record of this merchant (GCM-4). */
  readonly seal: (context: RecordContext, text: string) => Promise<string>;
  readonly open: (context: RecordContext, sealed: string) => Promise<string | undefined>;
  readonly publishCopy: (merchantId: MerchantId, sealed: string) => Promise<void>;
  /** The merchant's keys that stand in the configuration. */
  readonly configured: (merchantId: MerchantId) => readonly ApiKeyRecord[];
  /** Tells every gate that the key uses. */
  readonly endKey: (merchantId: MerchantId, record: ApiKeyRecord, atMs: number) => Promise<void>;
  /** Brings a notice to the merchant's server; false when it is worth trying again. */
  readonly notify: (merchantId: MerchantId, notice: VaultNotice) => Promise<boolean>;
  readonly log: Log;
}

export interface RecordContext {
  readonly merchantId: MerchantId;
  /** Kind and id. */
  readonly record: readonly string[];
}

export interface VaultNotice {
  readonly id: string;
  readonly type: "api_key.rotation_due" | "api_key.expiring";
  readonly body: string;
}

/** The context of the copy that isolates work with. */
export const COPY_RECORD = ["api_keys"] as const;

export abstract class VaultObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: VaultDeps;
  readonly #keys: ApiKeyRows = apiKeyRows(this.ctx.storage.sql);
  /** Whether KV lacks what has changed. After an eviction the alarm writes it. */
  #copyDue = false;
  #copying = false;

  /** Makes a key; its secret is in the answer and nowhere else in the clear. */
  async createKey(order: ApiKeyOrder): Promise<Result<MadeKey, "too_many">> {
    const secret = newSecret();
    const record = newRecord(this.#newId(), order, this.deps.nowMs());
    const sealed = await this.#seal(record.id, secret);
    if (this.#livingCount() >= LIVING_KEYS_MAX) return refused("too_many");
    this.#forgetEnded();
    this.#keys.write(record, sealed);
    await this.#changed();
    return ok({ record, secret });
  }

  /** All keys, those of the configuration too, without secrets. */
  listKeys(): ApiKeyRecord[] {
    const configured = this.deps.configured(this.#merchantId());
    const stands = new Map(configured.map((record) => [record.id, record] as const));
    const rows = this.#keys.all().map(({ record }) => {
      const now = record.source === "configuration" ? stands.get(record.id) : undefined;
      return now ? withConfigured(record, now) : record;
    });
    const kept = new Set(rows.map(({ id }) => id));
    return [...configured.filter(({ id }) => !kept.has(id)), ...rows];
  }

  /** Makes the successor of a living key; the old one works on until the overlap ends. */
  async rotateKey(
    id: string,
    overlapMs: number,
  ): Promise<
    Result<
      MadeKey & { readonly predecessor: ApiKeyRecord },
      "not_found" | "not_active" | "too_many"
    >
  > {
    const [secret, successorId] = [newSecret(), this.#newId()];
    const sealed = await this.#seal(successorId, secret);
    const record = this.#find(id);
    if (!record) return refused("not_found");
    const rotated = rotate(record, { successorId, overlapMs, nowMs: this.deps.nowMs() });
    if (!rotated.ok) return rotated;
    if (this.#livingCount() >= LIVING_KEYS_IN_ROTATION_MAX) return refused("too_many");
    const { predecessor, successor } = rotated.value;
    this.ctx.storage.transactionSync(() => {
      this.#forgetEnded();
      this.#keys.write(predecessor);
      this.#keys.write(successor, sealed);
    });
    // A gate that has not heard hears within the overlap; the secret is told now or never.
    await this.#changed();
    return ok({ record: successor, secret, predecessor });
  }

  /** Ends a key at once. `not_told`: it is noted, but not every gate has heard yet; repeating it asks them again. */
  async revokeKey(id: string): Promise<Result<ApiKeyRecord, "not_found" | "not_told">> {
    const record = this.#find(id);
    if (!record) return refused("not_found");
    const revoked = revoke(record, this.deps.nowMs());
    this.#keys.write(revoked);
    await this.#changed();
    return this.#untold().some(({ record: key }) => key.id === id)
      ? refused("not_told")
      : ok(revoked);
  }

  /** The sealed copy: the keys that were made here, with their secrets. */
  async sealedKeys(): Promise<string> {
    const merchantId = this.#merchantId();
    const keys: CopiedKey[] = [];
    for (const { record, sealedSecret } of this.#keys.all()) {
      if (sealedSecret === null) continue;
      const { id, scopes, tier, allowIps } = record;
      const secret = await this.deps.open(secretContext(merchantId, id), sealedSecret);
      if (secret === undefined) {
        // One damaged record takes no other key with it (GCM-4).
        this.deps.log("error", "the secret of an API key does not open", { merchantId, keyId: id });
        continue;
      }
      keys.push({ id, secret, scopes, tier, allowIps, endsAtMs: refusedFromMs(record) });
    }
    return this.deps.seal({ merchantId, record: COPY_RECORD }, JSON.stringify(keys));
  }

  /** For the backup: every table as it stands; secrets in them are sealed. */
  async dump(): Promise<{ readonly dump: ObjectDump; readonly bookmark: string | null }> {
    const { storage } = this.ctx;
    return { dump: dumpObject(storage), bookmark: await bookmarkOf(storage) };
  }

  /** Puts a dump back in place of what is here. The gates are new: they hear of every end again (I11). */
  async restoreDump(dump: ObjectDump): Promise<void> {
    restoreObject(this.ctx.storage, dump);
    this.#keys.forgetTold();
    await this.#changed();
  }

  override async alarm(): Promise<void> {
    this.#forgetEnded();
    await this.#changed();
    await this.#sendNotices();
    await this.#setAlarm();
  }

  /** What must follow a change: gates first, since the end of a key may not wait; then the copy. */
  async #changed(): Promise<void> {
    this.#copyDue = true;
    await this.#setAlarm(); // should this die half-way
    await this.#tellGates();
    await this.#publishCopy();
    await this.#setAlarm();
  }

  /** Tells of every end that not all gates know. One gate that does not answer holds up no other key. */
  async #tellGates(): Promise<void> {
    const merchantId = this.#merchantId();
    await Promise.all(
      this.#untold().map(async ({ record, endMs }) => {
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

  #untold(): { readonly record: ApiKeyRecord; readonly endMs: number }[] {
    return this.#keys.all().flatMap(({ record, toldEndMs }) => {
      const endMs = refusedFromMs(record);
      return endMs === null || endMs === toldEndMs ? [] : [{ record, endMs }];
    });
  }

  /** One writer at a time, which takes along what changes meanwhile: an older copy never comes last. */
  async #publishCopy(): Promise<void> {
    if (this.#copying) return;
    this.#copying = true;
    const merchantId = this.#merchantId();
    try {
      while (this.#copyDue) {
        this.#copyDue = false;
        await this.deps.publishCopy(merchantId, await this.sealedKeys());
      }
    } catch (error) {
      // KV is a cache: without the copy isolates ask this object.
      this.#copyDue = true;
      const fields = { merchantId, error: errorMessage(error) };
      this.deps.log("warn", "copy of the API keys not written", fields);
    } finally {
      this.#copying = false;
    }
  }

  async #sendNotices(): Promise<void> {
    const merchantId = this.#merchantId();
    for (const { record } of this.#keys.all()) {
      const nowMs = this.deps.nowMs();
      const notice = nextNotice(record, nowMs);
      if (!notice || notice.atMs > nowMs) continue;
      // All go to one server: when it does not take this one, the others wait too.
      if (!(await this.#deliver(merchantId, noticeOf(record, notice)))) return;
      const latest = this.#find(record.id);
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
    const isUnfinished = this.#copyDue || this.#untold().length > 0;
    const times = isUnfinished ? [nowMs + TRY_AGAIN_MS] : [];
    for (const { record } of this.#keys.all()) {
      const noticeAtMs = nextNotice(record, nowMs)?.atMs;
      // What is overdue has just been tried and failed: again in a while.
      if (noticeAtMs !== undefined) {
        times.push(noticeAtMs > nowMs ? noticeAtMs : nowMs + NOTICE_AGAIN_MS);
      }
      const endMs = forgettableFromMs(record);
      if (endMs !== null) times.push(Math.max(endMs, nowMs + TRY_AGAIN_MS));
    }
    if (times.length === 0) return this.ctx.storage.deleteAlarm();
    return this.ctx.storage.setAlarm(Math.min(...times, nowMs + ALARM_AHEAD_MAX_MS));
  }

  /** Only what all gates know of is forgotten. */
  #forgetEnded(): void {
    const nowMs = this.deps.nowMs();
    const untold = new Set(this.#untold().map(({ record }) => record.id));
    const ended = this.#keys
      .all()
      .flatMap(({ record }) => {
        const fromMs = forgettableFromMs(record);
        const isOver = fromMs !== null && fromMs - LISTED_AFTER_END_MS <= nowMs;
        return isOver && !untold.has(record.id) ? [{ id: record.id, fromMs }] : [];
      })
      .toSorted((a, b) => b.fromMs - a.fromMs);
    for (const [at, { id, fromMs }] of ended.entries()) {
      if (at >= LISTED_ENDED_MAX || fromMs <= nowMs) this.#keys.forget(id);
    }
  }

  #find(id: string): ApiKeyRecord | undefined {
    return this.listKeys().find((record) => record.id === id);
  }

  #livingCount(): number {
    const nowMs = this.deps.nowMs();
    return this.listKeys().filter((record) => ["active", "ending"].includes(stateOf(record, nowMs)))
      .length;
  }

  #seal(id: string, secret: string): Promise<string> {
    return this.deps.seal(secretContext(this.#merchantId(), id), secret);
  }

  #newId(): string {
    return apiKeyId(toBase64Url(randomBytes(ID_BYTES)), this.#merchantId());
  }

  #merchantId(): MerchantId {
    const { name } = this.ctx.id;
    assert(name !== undefined, "a vault is reached by name");
    return merchantIdSchema.parse(name);
  }
}

function newSecret(): string {
  return toBase64Url(randomBytes(SECRET_BYTES));
}

function secretContext(merchantId: MerchantId, id: string): RecordContext {
  return { merchantId, record: ["api_key", id] };
}

/** When an ended key is no longer listed. One of the configuration is kept: it would come back to life in the list. */
function forgettableFromMs(record: ApiKeyRecord): number | null {
  const endMs = endsAtMs(record);
  return endMs === null || record.source === "configuration" ? null : endMs + LISTED_AFTER_END_MS;
}

/** The same bytes at every try. */
function noticeOf(record: ApiKeyRecord, notice: KeyNotice): VaultNotice {
  const { id, name, noticesSent } = record;
  const type = notice.reason === "expiry" ? "api_key.expiring" : "api_key.rotation_due";
  const data = { id, name, dueAt: notice.dueAtMs };
  return {
    id: `${id}_notice_${noticesSent}`,
    type,
    body: JSON.stringify({ type, timestamp: new Date(notice.atMs).toISOString(), data }),
  };
}
