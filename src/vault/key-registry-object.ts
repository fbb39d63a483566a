/**
 * One per deployment: the registry of the gateway's own keys. It decides which generation new envelopes are closed
 * with, rotates when it is time, and goes through everything sealed to wrap it anew. Nobody needs it to open anything,
 * so that no request depends on it (I12). Storage: `registry`, and the table of stores; no key lies here.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type AuditEvent,
  type ChangedBy,
  type Clock,
  DAY_MS,
  errorMessage,
  type Log,
  type MerchantId,
  merchantIdSchema,
  MINUTE_MS,
  type ObjectDump,
} from "#base";
import { auditOutbox, copyObject, type ObjectCopy, restoreObject } from "#base-objects";
import type { Generations } from "./generations.ts";
import { inventoryOf, type KeyInventory } from "./key-inventory.ts";
import {
  beginTurn,
  dueNames,
  endTurn,
  generationsOf,
  isTurnDue,
  type KeyName,
  type KeyRegistry,
  keyRegistrySchema,
  type KeyVersions,
  newRegistry,
  nextDueAtMs,
  rotateKeys,
  versionsOf,
  withRoots,
} from "./key-registry.ts";
import { type KeyStore, type KeyStoreRows, keyStoreRows } from "./key-stores.ts";
import type { Keyring } from "./keyring.ts";
import type { PayloadGeneration } from "./payload-keys.ts";
import type { RewrapReport } from "./rewrap-report.ts";

export interface KeyRegistryDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly keyring: Pick<Keyring, "currentId" | "rootIds" | "hashId">;
  /** Every object that holds envelopes. */
  readonly stores: () => readonly KeyStore[];
  /** Wraps a store's envelopes anew, by these generations; safe to repeat. */
  readonly rewrap: (store: KeyStore, generations: Generations) => Promise<RewrapReport>;
  /** The copy of the generations for other isolates. */
  readonly publish: (generations: Generations) => Promise<void>;
  /** Makes the next generation of payload keys and gives its version. */
  readonly rotatePayloadKeys: () => Promise<number>;
  /** Those that decrypt, newest first. */
  readonly payloadKeys: () => Promise<PayloadGeneration[]>;
  /** Tells a merchant's audit log; resolves when it is durable there. */
  readonly audit: (merchantId: MerchantId, events: readonly AuditEvent[]) => Promise<void>;
}

/** Whose key asked for a rotation: it is told to that merchant's audit log. */
export interface RotatedBy extends ChangedBy {
  readonly merchantId: MerchantId;
}

interface Rotated {
  readonly versions: KeyVersions;
  readonly generations: Generations;
}

/** Stores that one alarm goes through, all at once. */
const BATCH_MAX = 20;
/** After a copy that could not be written. */
const PUBLISH_AGAIN_MS = MINUTE_MS;
/** A new root is noticed so soon, where nobody asks. */
const LOOK_AGAIN_MS = DAY_MS;

export abstract class KeyRegistryObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: KeyRegistryDeps;
  readonly #stores: KeyStoreRows = keyStoreRows(this.ctx.storage.sql);
  readonly #audit = auditOutbox(this.ctx.storage);
  #publishAgainAtMs: number | null = null;

  /** What new envelopes are closed with. */
  async generations(): Promise<Generations> {
    return generationsOf(await this.#known());
  }

  /**
   * Rotates these names now and gives their versions, and what to seal with from now on. Wrapping anew goes on behind
   * (GCM-8). A repeat rotates once more, which harms nothing. Throws, with nothing changed but the payload keys, when their object does not answer.
   */
  async rotate(names: readonly KeyName[], by?: RotatedBy): Promise<Rotated> {
    const payloadVersion = names.includes("jwe") ? await this.deps.rotatePayloadKeys() : undefined;
    const nowMs = this.deps.nowMs();
    const rotated = rotateKeys(this.#load(), names, { nowMs, payloadVersion });
    const versions = versionsOf(rotated, names);
    this.ctx.storage.transactionSync(() => {
      this.#save(rotated);
      if (by) this.#noteRotation(versions, by);
    });
    await this.ctx.storage.setAlarm(nowMs);
    this.deps.log("info", "keys rotated", { ...versions });
    return { versions, generations: generationsOf(rotated) };
  }

  /** All keys with their states, and how far wrapping anew has come; no material. */
  async inventory(): Promise<KeyInventory> {
    const { keyring, log, payloadKeys } = this.deps;
    const generations = await payloadKeys().catch((error: unknown) => {
      log("warn", "payload keys not listed", { error: errorMessage(error) });
      return [];
    });
    const registry = await this.#known();
    return inventoryOf({
      registry,
      keyring,
      report: this.#stores.report(),
      progress: this.#stores.progress(registry.turn.number),
      payloadKeys: generations,
    });
  }

  /** For the backup: versions, generations and how far wrapping anew has come. */
  dump(): Promise<ObjectCopy> {
    return copyObject(this.ctx.storage);
  }

  /** Puts a dump back in place of what is here; the alarm publishes it. */
  async restoreDump(dump: ObjectDump): Promise<void> {
    restoreObject(this.ctx.storage, dump);
    await this.ctx.storage.setAlarm(this.deps.nowMs());
  }

  /** Rotates what is due and goes on wrapping anew. Run twice, it does the second time what is left. */
  override async alarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    let registry = this.#load();
    const due = dueNames(registry, nowMs);
    if (due.length > 0) registry = this.#save(rotateKeys(registry, due, { nowMs }));
    if (isTurnDue(registry, nowMs)) registry = this.#save(beginTurn(registry, nowMs));
    await this.#goThroughStores(registry);
    await this.#publish();
    await this.#deliverAudit();
    await this.#setAlarm();
  }

  /** One act is one event (PCI-10.2.1.7), written with it. What the schedule does by itself stands in the inventory. */
  #noteRotation(versions: KeyVersions, by: RotatedBy): void {
    const { merchantId, ...who } = by;
    this.#audit.write({
      atMs: this.deps.nowMs(),
      by: who,
      action: "keys.rotated",
      object: { type: "keys", id: "gateway" },
      details: { merchantId, versions: { ...versions } },
    });
  }

  #deliverAudit(): Promise<void> {
    const { audit, log, nowMs } = this.deps;
    const send = async (events: readonly AuditEvent[]) => {
      for (const event of events) {
        await audit(merchantIdSchema.parse(event.details["merchantId"]), [event]);
      }
    };
    return this.#audit.deliver(send, { nowMs, log, about: { object: "keys" } });
  }

  async #known(): Promise<KeyRegistry> {
    const { registry, isNews } = this.#look();
    if (isNews) await this.#setAlarm();
    return registry;
  }

  async #goThroughStores({ turn }: KeyRegistry): Promise<void> {
    if (turn.endedAtMs !== null) return;
    const { nowMs, stores } = this.deps;
    this.#stores.add(stores());
    const batch = this.#stores.toTry(turn.number, nowMs(), BATCH_MAX);
    await Promise.all(batch.map((store) => this.#rewrap(store, turn.number)));
    if (this.#stores.progress(turn.number).left > 0) return;
    this.#save(endTurn(this.#load(), turn.number, nowMs()));
  }

  async #rewrap(store: KeyStore, turn: number): Promise<void> {
    const { log, nowMs, rewrap } = this.deps;
    try {
      const report = await rewrap(store, generationsOf(this.#load()));
      this.#stores.noteDone(store, turn, report);
      const { unreadable } = report;
      if (unreadable > 0) log("error", "envelopes that do not open", { ...store, unreadable });
    } catch (error) {
      this.#stores.noteFailed(store, nowMs());
      log("warn", "not wrapped anew", { ...store, error: errorMessage(error) });
    }
  }

  async #publish(): Promise<void> {
    const { log, nowMs, publish } = this.deps;
    try {
      await publish(generationsOf(this.#load()));
      this.#publishAgainAtMs = null;
    } catch (error) {
      // KV is a cache: isolates go on with an older generation meanwhile, and what they seal opens all the same.
      this.#publishAgainAtMs = nowMs() + PUBLISH_AGAIN_MS;
      log("warn", "copy of the generations not written", { error: errorMessage(error) });
    }
  }

  async #setAlarm(): Promise<void> {
    const nowMs = this.deps.nowMs();
    const registry = this.#load();
    const { turn } = registry;
    const times = [nextDueAtMs(registry), nowMs + LOOK_AGAIN_MS];
    if (this.#publishAgainAtMs !== null) times.push(this.#publishAgainAtMs);
    const auditAtMs = this.#audit.nextAtMs();
    if (auditAtMs !== null) times.push(auditAtMs);
    if (turn.endedAtMs === null) times.push(this.#stores.progress(turn.number).tryAtMs ?? nowMs);
    await this.ctx.storage.setAlarm(Math.max(nowMs, Math.min(...times)));
  }

  #load(): KeyRegistry {
    return this.#look().registry;
  }

  /** As it stands now, with the roots that the configuration names. */
  #look(): { readonly registry: KeyRegistry; readonly isNews: boolean } {
    const { keyring, nowMs } = this.deps;
    const stored = keyRegistrySchema().optional().parse(this.ctx.storage.kv.get("registry"));
    const registry = stored ? withRoots(stored, keyring, nowMs()) : newRegistry(keyring, nowMs());
    const isNews = registry !== stored;
    return { registry: isNews ? this.#save(registry) : registry, isNews };
  }

  #save(registry: KeyRegistry): KeyRegistry {
    this.ctx.storage.kv.put("registry", registry);
    return registry;
  }
}
