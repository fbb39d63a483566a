/**
 * One per merchant: its API keys. A secret is shown once, when it is made, and lies here sealed; what isolates work
 * with is a sealed copy in KV. The end of a key is told to the merchant's gates before it is answered, so that it
 * holds from the next admission on, whatever an isolate remembers (I11).
 */
import { DurableObject } from "cloudflare:workers";
import * as z from "zod";
import {
  assert,
  type Clock,
  DAY_MS,
  HOUR_MS,
  type Log,
  type MerchantId,
  merchantIdSchema,
  ok,
  once,
  randomBytes,
  refused,
  type Result,
  toBase64Url,
} from "#base";
import {
  apiKeyId,
  type ApiKeyOrder,
  type ApiKeyRecord,
  apiKeyRecordSchema,
  endsAtMs,
  type KeyNotice,
  type MadeKey,
  newRecord,
  nextNotice,
  revoke,
  rotate,
  stateOf,
} from "./api-key-record.ts";
import type { LivingKey } from "./api-key-source.ts";

/** Living keys of one merchant; more are a mistake in a script. */
const LIVING_KEYS_MAX = 100;
/** An ended key is listed for a while, then forgotten. */
const LISTED_AFTER_END_MS = 90 * DAY_MS;
const NOTICE_AGAIN_MS = HOUR_MS;
const SECRET_BYTES = 32;
const ID_BYTES = 9;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS api_keys (
  id TEXT PRIMARY KEY, record TEXT NOT NULL, sealed_secret TEXT, told_end_ms INTEGER) STRICT, WITHOUT ROWID;
`;

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

interface Row {
  readonly record: ApiKeyRecord;
  readonly sealedSecret: string | null;
  readonly toldEndMs: number | null;
}

const rowSchema = once(() =>
  z.object({
    record: z.string(),
    sealed_secret: z.string().nullable(),
    told_end_ms: z.int().nullable(),
  }),
);

/** The context of the copy that isolates work with. */
export const COPY_RECORD = ["api_keys"] as const;

export abstract class VaultObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: VaultDeps;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(SCHEMA);
  }

  /** Makes a key; its secret is in the answer and nowhere else in the clear. */
  async createKey(order: ApiKeyOrder): Promise<Result<MadeKey, "too_many">> {
    const secret = newSecret();
    const record = newRecord(this.#newId(), order, this.deps.nowMs());
    const sealed = await this.#seal(record.id, secret);
    if (this.#living().length >= LIVING_KEYS_MAX) return refused("too_many");
    this.#write(record, sealed);
    await this.#changed();
    return ok({ record, secret });
  }

  /** All keys, those of the configuration too, without secrets. */
  listKeys(): ApiKeyRecord[] {
    const rows = this.#rows().map(({ record }) => record);
    const known = new Set(rows.map(({ id }) => id));
    return [
      ...this.deps.configured(this.#merchantId()).filter(({ id }) => !known.has(id)),
      ...rows,
    ];
  }

  /** Makes the successor of a living key; the old one works on until the overlap ends. */
  async rotateKey(
    id: string,
    overlapMs: number,
  ): Promise<Result<MadeKey & { readonly predecessor: ApiKeyRecord }, "not_found" | "not_active">> {
    const [secret, successorId] = [newSecret(), this.#newId()];
    const sealed = await this.#seal(successorId, secret);
    const record = this.#find(id);
    if (!record) return refused("not_found");
    const rotated = rotate(record, { successorId, overlapMs, nowMs: this.deps.nowMs() });
    if (!rotated.ok) return rotated;
    const { predecessor, successor } = rotated.value;
    this.ctx.storage.transactionSync(() => {
      this.#write(predecessor);
      this.#write(successor, sealed);
    });
    await this.#changed();
    return ok({ record: successor, secret, predecessor });
  }

  /** Ends a key at once. Repeating it tells the gates again. */
  async revokeKey(id: string): Promise<Result<ApiKeyRecord, "not_found">> {
    const record = this.#find(id);
    if (!record) return refused("not_found");
    const revoked = revoke(record, this.deps.nowMs());
    this.#write(revoked);
    await this.#changed();
    return ok(revoked);
  }

  /** The sealed copy: the keys that were made here, with their secrets. */
  async sealedKeys(): Promise<string> {
    const merchantId = this.#merchantId();
    const living: LivingKey[] = [];
    for (const { record, sealedSecret } of this.#rows()) {
      if (sealedSecret === null) continue;
      const secret = await this.deps.open(secretContext(merchantId, record.id), sealedSecret);
      assert(secret !== undefined, "GCM-4: a secret of this vault opens");
      const { id, scopes, tier, allowIps } = record;
      living.push({ id, secret, scopes, tier, allowIps });
    }
    return this.deps.seal({ merchantId, record: COPY_RECORD }, JSON.stringify(living));
  }

  override async alarm(): Promise<void> {
    this.#forgetEnded();
    await this.#sendNotices();
    await this.#changed();
  }

  /** What must follow a change: gates first, since the end of a key may not wait; then the copy, then the alarm. */
  async #changed(): Promise<void> {
    await this.ctx.storage.setAlarm(this.deps.nowMs() + NOTICE_AGAIN_MS); // should this die half-way
    await this.#tellGates();
    const merchantId = this.#merchantId();
    try {
      await this.deps.publishCopy(merchantId, await this.sealedKeys());
    } catch {
      // KV is a cache: without the copy isolates ask this object.
      this.deps.log("warn", "copy of the API keys not written", { merchantId });
    }
    await this.#setAlarm();
  }

  async #tellGates(): Promise<void> {
    for (const { record, toldEndMs } of this.#rows()) {
      const endMs = endsAtMs(record);
      if (endMs === null || endMs === toldEndMs) continue;
      await this.deps.endKey(this.#merchantId(), record, endMs);
      this.ctx.storage.sql.exec(
        "UPDATE api_keys SET told_end_ms = ? WHERE id = ?",
        endMs,
        record.id,
      );
    }
  }

  async #sendNotices(): Promise<void> {
    const merchantId = this.#merchantId();
    for (const { record } of this.#rows()) {
      const nowMs = this.deps.nowMs();
      const notice = nextNotice(record, nowMs);
      if (!notice || notice.atMs > nowMs) continue;
      const delivered = await this.deps.notify(merchantId, noticeOf(record, notice, nowMs));
      const latest = this.#find(record.id);
      if (delivered && latest) this.#write({ ...latest, noticesSent: record.noticesSent + 1 });
    }
  }

  async #setAlarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const times = this.#rows().flatMap(({ record }) => {
      const noticeAtMs = nextNotice(record, nowMs)?.atMs;
      const endMs = endsAtMs(record);
      return [
        ...(noticeAtMs === undefined ? [] : [noticeAtMs]),
        ...(endMs === null ? [] : [endMs + LISTED_AFTER_END_MS]),
      ];
    });
    if (times.length === 0) return this.ctx.storage.deleteAlarm();
    // What is overdue has just been tried and failed: again in a while.
    return this.ctx.storage.setAlarm(Math.max(Math.min(...times), nowMs + NOTICE_AGAIN_MS));
  }

  #forgetEnded(): void {
    const nowMs = this.deps.nowMs();
    for (const { record } of this.#rows()) {
      const endMs = endsAtMs(record);
      // A key of the configuration would come back to life in the list.
      if (record.source === "configuration" || endMs === null) continue;
      if (nowMs < endMs + LISTED_AFTER_END_MS) continue;
      this.ctx.storage.sql.exec("DELETE FROM api_keys WHERE id = ?", record.id);
    }
  }

  #find(id: string): ApiKeyRecord | undefined {
    return this.listKeys().find((record) => record.id === id);
  }

  #living(): ApiKeyRecord[] {
    const nowMs = this.deps.nowMs();
    return this.listKeys().filter((record) =>
      ["active", "ending"].includes(stateOf(record, nowMs)),
    );
  }

  #rows(): Row[] {
    const rows = this.ctx.storage.sql
      .exec("SELECT record, sealed_secret, told_end_ms FROM api_keys")
      .toArray();
    return rowSchema()
      .array()
      .parse(rows)
      .map((row) => ({
        record: apiKeyRecordSchema().parse(JSON.parse(row.record)),
        sealedSecret: row.sealed_secret,
        toldEndMs: row.told_end_ms,
      }));
  }

  #write(record: ApiKeyRecord, sealedSecret: string | null = null): void {
    this.ctx.storage.sql.exec(
      `INSERT INTO api_keys VALUES (?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET record = excluded.record`,
      record.id,
      JSON.stringify(record),
      sealedSecret,
    );
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

function noticeOf(record: ApiKeyRecord, notice: KeyNotice, nowMs: number): VaultNotice {
  const { id, name, noticesSent } = record;
  const type = notice.reason === "expiry" ? "api_key.expiring" : "api_key.rotation_due";
  const data = { id, name, dueAt: notice.dueAtMs };
  return {
    id: `${id}_notice_${noticesSent}`,
    type,
    body: JSON.stringify({ type, timestamp: new Date(nowMs).toISOString(), data }),
  };
}
