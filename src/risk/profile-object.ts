/**
 * One per key of a merchant (a customer, a device, a network, the merchant itself): what it is known to have done. It is
 * asked once per payment, beside admission, and may be lost: a write that dies with its object costs one payment's worth
 * of knowledge, never money, so that nobody waits for the disk. After 60 days without a payment nothing is left.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, type Clock } from "#base";
import type { KeyView } from "./key-view.ts";
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

export interface ProfileDeps {
  readonly nowMs: Clock;
}

export interface ProfileAnswer {
  readonly view: KeyView;
  /** An operator has said that this key is good: until then no score blocks it. */
  readonly releasedUntilMs: number | null;
}

/** The object's name: all routing to it goes through here. The hash names nobody to who does not hold the root. */
export function profileObjectName(kind: KeyKind, merchantId: string, hash: string): string {
  return `${kind}/${merchantId}/${hash}`;
}

const PROFILE = "profile";
const RELEASED = "released_until_ms";
/** Lost with its object it is a payment that was not counted. */
const UNCONFIRMED = { allowUnconfirmed: true } as const;

export abstract class ProfileObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: ProfileDeps;
  #profile: Profile | undefined;
  #releasedUntilMs: number | null = null;

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
  observe(event: ProfileEvent): ProfileAnswer {
    const isNew = this.#profile === undefined;
    const profile = (this.#profile ??= emptyProfile(this.#kind(), event.atMs));
    const view = observe(profile, event);
    this.#save(profile);
    if (isNew) void this.ctx.storage.setAlarm(this.deps.nowMs() + FORGOTTEN_AFTER_MS);
    return { view, releasedUntilMs: this.#releasedUntilMs };
  }

  /** Takes what became of a payment. A key that is not known any more learns nothing. */
  noteOutcome(outcome: Outcome): void {
    if (!this.#profile) return;
    noteOutcome(this.#profile, outcome);
    this.#save(this.#profile);
  }

  /** No score blocks this key until then. */
  async release(untilMs: number): Promise<void> {
    this.#releasedUntilMs = untilMs;
    await this.ctx.storage.put(RELEASED, untilMs);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(untilMs);
  }

  /** Nothing of the key is left (GDR-4). */
  async forget(): Promise<void> {
    this.#profile = undefined;
    this.#releasedUntilMs = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const untilMs = [
      this.#profile && !isForgotten(this.#profile, nowMs)
        ? this.#profile.lastAtMs + FORGOTTEN_AFTER_MS
        : nowMs,
      this.#releasedUntilMs ?? nowMs,
    ];
    const nextAtMs = Math.max(...untilMs);
    if (nextAtMs <= nowMs) return this.forget();
    await this.ctx.storage.setAlarm(nextAtMs);
  }

  #save(profile: Profile): void {
    void this.ctx.storage.put(PROFILE, encodeProfile(profile), UNCONFIRMED);
  }

  #kind(): KeyKind {
    const kind = KEY_KINDS.find((known) => this.ctx.id.name?.startsWith(`${known}/`));
    assert(kind !== undefined, "a profile is reached by the name of its key");
    return kind;
  }
}
