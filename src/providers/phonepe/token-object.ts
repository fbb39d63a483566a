/**
 * One per merchant: the only place that fetches a PhonePe token, one fetch at a time for the whole world
 * (UAT-02 to UAT-04). Storage: `token`, the sealed token. The copy in KV is sealed as well and is a cache only.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, type Clock, type Log, type MerchantId, merchantIdSchema, MINUTE_MS } from "#base";
import { type Generations, type RewrapReport, rewrapEach } from "#vault";
import type { TokenResult } from "./token-source.ts";
import { type PhonePeToken, refreshAlarmAtMs } from "./token.ts";

export interface TokenObjectDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly fetchToken: (merchantId: MerchantId) => Promise<TokenResult>;
  readonly sealToken: (merchantId: MerchantId, token: PhonePeToken) => Promise<string>;
  readonly openToken: (merchantId: MerchantId, sealed: string) => Promise<PhonePeToken | undefined>;
  readonly rewrapToken: (merchantId: MerchantId, sealed: string) => Promise<string | undefined>;
  /** Which keys to seal with from now on. */
  readonly learnGenerations: (generations: Generations) => void;
  readonly publishCopy: (
    merchantId: MerchantId,
    sealed: string,
    expiresAtMs: number,
  ) => Promise<void>;
}

/** After a failed refresh by alarm. */
const REFRESH_AGAIN_MS = MINUTE_MS;

export abstract class TokenObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: TokenObjectDeps;
  #fetching: Promise<TokenResult> | undefined;

  /** The current token; a new one when it is time, or when the current one is the one that was refused. */
  async token(refusedAccessToken: string | null): Promise<TokenResult> {
    const current = await this.#stored();
    const refused = current !== undefined && current.accessToken === refusedAccessToken;
    if (current && !refused && this.deps.nowMs() < current.refreshAtMs) {
      return { ok: true, token: current };
    }
    const fetched = await this.#fetchOnce();
    if (fetched.ok) return fetched;
    const usable = current && !refused && this.deps.nowMs() < current.expiresAtMs;
    return usable ? { ok: true, token: current } : fetched;
  }

  /**
   * Wraps the stored token and its copy anew, by the current key (GCM-8). No new token is fetched: this one is as good
   * as before, and nobody who holds it may find it refused (I12).
   */
  async rewrap(generations: Generations): Promise<RewrapReport> {
    this.deps.learnGenerations(generations);
    const merchantId = this.#merchantId();
    const { kv } = this.ctx.storage;
    const before = kv.get<string>("token");
    if (before === undefined) return { keks: [], unreadable: 0 };
    const report = await rewrapEach("tokens", [
      {
        envelope: before,
        rewrap: (sealed) => this.deps.rewrapToken(merchantId, sealed),
        // A token that was fetched meanwhile is sealed by the current key already.
        keep(sealed) {
          if (kv.get("token") === before) kv.put("token", sealed);
        },
      },
    ]);
    const token = await this.#stored();
    const sealed = kv.get<string>("token");
    if (token && sealed !== undefined) await this.#publish(sealed, token);
    return report;
  }

  override async alarm(): Promise<void> {
    const fetched = await this.#fetchOnce();
    if (!fetched.ok) await this.ctx.storage.setAlarm(this.deps.nowMs() + REFRESH_AGAIN_MS);
  }

  #fetchOnce(): Promise<TokenResult> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(): Promise<TokenResult> {
    const merchantId = this.#merchantId();
    const result = await this.deps.fetchToken(merchantId);
    if (!result.ok) {
      this.deps.log("warn", "token fetch failed", { merchantId, reason: result.reason });
      return result;
    }
    const { token } = result;
    const sealed = await this.deps.sealToken(merchantId, token);
    this.ctx.storage.kv.put("token", sealed);
    const { nowMs, random } = this.deps;
    await this.ctx.storage.setAlarm(refreshAlarmAtMs(token, nowMs(), random()));
    await this.#publish(sealed, token);
    return result;
  }

  async #publish(sealed: string, { expiresAtMs }: PhonePeToken): Promise<void> {
    const merchantId = this.#merchantId();
    try {
      await this.deps.publishCopy(merchantId, sealed, expiresAtMs);
    } catch {
      // KV is a cache: without the copy other isolates ask this object, nothing else changes.
      this.deps.log("warn", "token copy not written", { merchantId });
    }
  }

  async #stored(): Promise<PhonePeToken | undefined> {
    const sealed = this.ctx.storage.kv.get<string>("token");
    return sealed === undefined ? undefined : this.deps.openToken(this.#merchantId(), sealed);
  }

  #merchantId(): MerchantId {
    const { name } = this.ctx.id;
    assert(name !== undefined, "a token object is reached by name");
    return merchantIdSchema.parse(name);
  }
}
