/**
 * One per deployment: the only place that makes the gateway's payload keys, one generation at a time for the whole
 * world. Storage: `generations`, newest first, private halves sealed. The copy in KV is a cache only.
 */
import { DurableObject } from "cloudflare:workers";
import { assert, type Clock, type Log, MINUTE_MS, type ObjectDump } from "#base";
import { copyObject, type ObjectCopy, restoreObject } from "#base-objects";
import type { Generations } from "./generations.ts";
import type { Keyring } from "./keyring.ts";
import { makeGeneration, rewrapPayloadKey, sealGenerations } from "./payload-key-pairs.ts";
import {
  isRotationDue,
  nextTurnAtMs,
  nextVersion,
  type PayloadGeneration,
  payloadGenerationsSchema,
  usableGenerations,
} from "./payload-keys.ts";
import { type RewrapReport, rewrapEach } from "./rewrap-report.ts";

export interface PayloadKeyObjectDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly keyring: Keyring;
  readonly publishCopy: (sealed: string) => Promise<void>;
}

/** After a copy that could not be written. */
const PUBLISH_AGAIN_MS = MINUTE_MS;

export abstract class PayloadKeyObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: PayloadKeyObjectDeps;
  #making: Promise<PayloadGeneration[]> | undefined;

  /** All generations that still decrypt, newest first. Makes one when there is none, or when it is time. */
  async generations(): Promise<PayloadGeneration[]> {
    const nowMs = this.deps.nowMs();
    const stored = this.#stored();
    if (isRotationDue(stored, nowMs)) return this.#makeOnce();
    return usableGenerations(stored, nowMs);
  }

  /** Makes a generation now and gives its version. Whoever asks while one is being made gets that one. */
  async rotate(): Promise<number> {
    const [newest] = await this.#makeOnce();
    assert(newest !== undefined, "a generation was made");
    return newest.version;
  }

  /** Wraps the private halves anew, and writes a new copy. */
  async rewrap(generations: Generations): Promise<RewrapReport> {
    const { keyring } = this.deps;
    keyring.generations.learn(generations);
    const sealed = this.#stored().flatMap(({ keys }) => keys);
    const anew = new Map<string, string>();
    const report = await rewrapEach(
      "payload-keys",
      sealed.map((key) => ({
        envelope: key.sealed,
        rewrap: () => rewrapPayloadKey(keyring, key),
        keep: (envelope: string) => void anew.set(key.sealed, envelope),
      })),
    );
    // Read again: a generation may have been made or dropped meanwhile.
    const rewrapped = this.#stored().map((generation) => ({
      ...generation,
      keys: generation.keys.map((key) => ({ ...key, sealed: anew.get(key.sealed) ?? key.sealed })),
    }));
    if (rewrapped.length > 0) await this.#keep(rewrapped);
    return report;
  }

  /** For the backup: public halves and sealed private ones. */
  dump(): Promise<ObjectCopy> {
    return copyObject(this.ctx.storage);
  }

  /** Puts a dump back in place of what is here; the alarm publishes it. */
  async restoreDump(dump: ObjectDump): Promise<void> {
    restoreObject(this.ctx.storage, dump);
    await this.ctx.storage.setAlarm(this.deps.nowMs());
  }

  /** Rotates when it is time and drops what has ended; run twice, it finds nothing to do the second time. */
  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const stored = this.#stored();
    if (isRotationDue(stored, nowMs)) await this.#makeOnce();
    else await this.#keep(usableGenerations(stored, nowMs));
  }

  #makeOnce(): Promise<PayloadGeneration[]> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(): Promise<PayloadGeneration[]> {
    const { keyring, log, nowMs } = this.deps;
    const stored = this.#stored();
    // Only this method writes new versions, and one run of it is under way at a time.
    const made = await makeGeneration(keyring, { version: nextVersion(stored), nowMs: nowMs() });
    const generations = usableGenerations([made, ...stored], nowMs());
    await this.#keep(generations);
    log("info", "payload keys rotated", { version: made.version });
    return generations;
  }

  /** Written together: keys and an alarm that publishes them, should this run die before it has done so itself. */
  async #keep(generations: PayloadGeneration[]): Promise<void> {
    const { keyring, log, nowMs, publishCopy } = this.deps;
    const { storage } = this.ctx;
    storage.kv.put("generations", generations);
    await storage.setAlarm(nowMs() + PUBLISH_AGAIN_MS);
    try {
      await publishCopy(await sealGenerations(keyring, generations));
    } catch {
      // KV is a cache: until the alarm has written the copy, other isolates ask this object for what they miss.
      log("warn", "copy of the payload keys not written");
      return;
    }
    await storage.setAlarm(nextTurnAtMs(generations));
  }

  #stored(): PayloadGeneration[] {
    return payloadGenerationsSchema().parse(this.ctx.storage.kv.get("generations") ?? []);
  }
}
