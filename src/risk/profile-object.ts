/**
 * One per key of a merchant (a customer, a device, a network, the merchant itself): what it is known to have done. It is
 * asked once per payment, beside admission, and may be lost: a write that dies with its object costs one payment's worth
 * of knowledge, never money, so that nobody waits for the disk. After 60 days without a payment nothing is left. The
 * merchant's own also keeps its statistics.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, type Clock } from "#base";
import { driftOf, type FeatureDrift } from "./drift.ts";
import { encodeSurprise } from "./label-free.ts";
import type { KeyView } from "./key-view.ts";
import type { Model } from "./model.ts";
import { decodeProfile, encodeProfile } from "./profile-codec.ts";
import {
  FORGOTTEN_AFTER_MS,
  KEY_KINDS,
  type KeyKind,
  type Outcome,
  type Profile,
  type ProfileEvent,
} from "./profile-form.ts";
import { emptyProfile, isForgotten, noteOutcome, observe } from "./profile.ts";
import {
  emptyStatistics,
  learn,
  type Learned,
  readStatistics,
  type Statistics,
  type StoredStatistics,
  storeStatistics,
} from "./statistics.ts";

export interface ProfileDeps {
  readonly nowMs: Clock;
  readonly model: () => Promise<Model>;
}

/** What a merchant's profile is told and asked beside the payment. */
export interface MerchantQuestion {
  /** Payments that were assessed since the last question. */
  readonly learned: readonly Learned[];
  /** Whether the asker needs to know what is usual. */
  readonly wantsSurprise: boolean;
}

export interface ProfileAnswer {
  readonly view: KeyView;
  /** An operator has said that this key is good: until then no score blocks it. */
  readonly releasedUntilMs: number | null;
  /** What is usual at the merchant, where it was asked for. */
  readonly surprise?: Uint8Array;
}

/** For operators. */
export interface MerchantStatistics {
  readonly drift: readonly FeatureDrift[];
  readonly compared: readonly (readonly number[])[];
}

/** The object's name: all routing to it goes through here. The hash names nobody to who does not hold the root. */
export function profileObjectName(kind: KeyKind, merchantId: string, hash: string): string {
  return `${kind}/${merchantId}/${hash}`;
}

const PROFILE = "profile";
const RELEASED = "released_until_ms";
const STATISTICS = "statistics";
/** Lost with its object it is a payment that was not counted. */
const UNCONFIRMED = { allowUnconfirmed: true } as const;
/** So many payments may be lost from statistics: they are some kB, and written together. */
const STATISTICS_EVERY = 25;

export abstract class ProfileObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: ProfileDeps;
  #profile: Profile | undefined;
  #releasedUntilMs: number | null = null;
  #statistics: { readonly model: Model; readonly state: Statistics; unsaved: number } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    void ctx.blockConcurrencyWhile(async () => {
      const stored = await ctx.storage.get([PROFILE, RELEASED]);
      const bytes = stored.get(PROFILE);
      // Of another version, or broken: begun anew.
      if (bytes instanceof Uint8Array) this.#profile = decodeProfile(bytes);
      const released = stored.get(RELEASED);
      if (typeof released === "number") this.#releasedUntilMs = released;
    });
  }

  /** Counts a payment, once, and says what is known at it. */
  async observe(event: ProfileEvent, question?: MerchantQuestion): Promise<ProfileAnswer> {
    const isNew = this.#profile === undefined;
    const profile = (this.#profile ??= emptyProfile(this.#kind(), event.atMs));
    const view = observe(profile, event);
    void this.ctx.storage.put(PROFILE, encodeProfile(profile), UNCONFIRMED);
    if (isNew) void this.ctx.storage.setAlarm(this.deps.nowMs() + FORGOTTEN_AFTER_MS);
    const answer = { view, releasedUntilMs: this.#releasedUntilMs };
    if (!question) return answer;
    const { state } = await this.#learn(question.learned);
    return question.wantsSurprise
      ? { ...answer, surprise: encodeSurprise(state.surprise) }
      : answer;
  }

  /** Takes what became of a payment. A key that is not known any more learns nothing. */
  async noteOutcome(outcome: Outcome): Promise<void> {
    if (!this.#profile) return;
    noteOutcome(this.#profile, outcome);
    await this.ctx.storage.put(PROFILE, encodeProfile(this.#profile));
  }

  /** No score blocks this key until then. */
  async release(untilMs: number): Promise<void> {
    this.#releasedUntilMs = untilMs;
    await this.ctx.storage.put(RELEASED, untilMs);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(untilMs);
  }

  /** Of the merchant's own profile. */
  async statistics(): Promise<MerchantStatistics> {
    const { model, state } = await this.#learn([]);
    return { drift: driftOf(model, state.drift), compared: state.compared };
  }

  /** Nothing of the key is left (GDR-4). */
  async forget(): Promise<void> {
    this.#profile = undefined;
    this.#releasedUntilMs = null;
    this.#statistics = undefined;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const profile = this.#profile;
    const isKnown = profile !== undefined && !isForgotten(profile, nowMs);
    const nextAtMs = Math.max(
      isKnown ? profile.lastAtMs + FORGOTTEN_AFTER_MS : nowMs,
      this.#releasedUntilMs ?? nowMs,
    );
    if (nextAtMs <= nowMs) return this.forget();
    await this.ctx.storage.setAlarm(nextAtMs);
  }

  async #learn(learned: readonly Learned[]) {
    const model = await this.deps.model();
    const stored = this.#statistics
      ? undefined
      : await this.ctx.storage.get<StoredStatistics>(STATISTICS);
    const state = stored ? readStatistics(model, stored) : emptyStatistics(model);
    const statistics = (this.#statistics ??= { model, state, unsaved: 0 });
    for (const one of learned) learn(statistics.state, model, one);
    statistics.unsaved += learned.length;
    if (statistics.unsaved >= STATISTICS_EVERY) {
      statistics.unsaved = 0;
      void this.ctx.storage.put(STATISTICS, storeStatistics(statistics.state), UNCONFIRMED);
    }
    return statistics;
  }

  #kind(): KeyKind {
    const kind = KEY_KINDS.find((known) => this.ctx.id.name?.startsWith(`${known}/`));
    assert(kind !== undefined, "a profile is reached by the name of its key");
    return kind;
  }
}
