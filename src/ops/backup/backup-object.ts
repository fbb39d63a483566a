/**
 * One per deployment: makes the backups and brings them back. A cron begins a run, the alarm carries it on in slices;
 * what cannot be reached is tried again a minute later, for as long as it takes.
 */
import { DurableObject } from "cloudflare:workers";
import { errorMessage, HOUR_MS, MINUTE_MS, type Result } from "#base";
import type { Generations, RewrapReport } from "#vault";
import { beginRun, type RunDeps, stepRun } from "./backup-run.ts";
import { type BackupStore, backupStore, type Restoration } from "./backup-state.ts";
import { closedBy } from "./keks.ts";
import type { ManifestLink } from "./manifest.ts";
import { beginRestore, type RestoreDeps, type RestoreRefusal, stepRestore } from "./restore-run.ts";

export interface BackupDeps extends RunDeps, Omit<RestoreDeps, "bucket" | "source"> {
  /** Which keys to seal with from now on. */
  readonly learnGenerations: (generations: Generations) => void;
}

export interface BackupStatus {
  readonly newest: ManifestLink | null;
  readonly lastDoneAtMs: number | null;
  readonly running: boolean;
}

const AGAIN_MS = MINUTE_MS;
/** One is made every hour. */
const LATE_MS = 3 * HOUR_MS;
/** Steps of one alarm: each reads or writes one chunk, some 250 payments; an invocation may have 10,000 calls. */
const STEPS = 8;

export abstract class BackupObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: BackupDeps;
  readonly #store: BackupStore = backupStore(this.ctx.storage);

  /** Begins a run, or lets the one under way go on. */
  async begin(): Promise<"begun" | "foreign_bucket" | "restoring"> {
    if (this.#restoring()) return "restoring";
    const begun = await beginRun({ store: this.#store, deps: this.deps });
    if (begun === "begun") await this.#wake();
    return begun;
  }

  /** What retiring a root waits for; nothing is wrapped anew. */
  closedBy(generations: Generations): Promise<RewrapReport> {
    this.deps.learnGenerations(generations);
    return closedBy(this.#store, this.deps.bucket);
  }

  status(): BackupStatus {
    const { previous, lastDoneAtMs } = this.#store.stand();
    const running = this.#store.run() !== undefined;
    return { newest: previous, lastDoneAtMs, running };
  }

  /** Whether backups are made: nobody misses one before it is needed. Counts from when it was first asked. */
  health(): { readonly ok: boolean; readonly detail: string } {
    const nowMs = this.deps.nowMs();
    const { lastDoneAtMs, strays } = this.#store.stand();
    const sinceMs = lastDoneAtMs ?? this.#store.askedSinceMs(nowMs);
    const made = lastDoneAtMs === null ? "none made yet" : new Date(lastDoneAtMs).toISOString();
    const detail = strays.length === 0 ? made : `${made}, ${strays.length} payments unread`;
    return { ok: nowMs - sinceMs <= LATE_MS && strays.length === 0, detail };
  }

  /** Begins to restore a backup, the newest unless one is named, if the deployment is empty. */
  async restore(manifest: string | null): Promise<Result<Restoration, RestoreRefusal>> {
    const begun = await beginRestore({ store: this.#store, deps: this.deps }, manifest);
    if (begun.ok && this.#restoring()) await this.#wake();
    return begun;
  }

  restoration(): Restoration | null {
    return this.#store.restoration() ?? null;
  }

  override async alarm(): Promise<void> {
    try {
      const isDone = await this.#work();
      if (!isDone) await this.#wake();
    } catch (error) {
      this.deps.log("error", "backup or restore waits", { error: errorMessage(error) });
      await this.ctx.storage.setAlarm(this.deps.nowMs() + AGAIN_MS);
    }
  }

  /** A slice of what is under way; whether nothing is left. */
  async #work(): Promise<boolean> {
    const context = { store: this.#store, deps: this.deps };
    for (let step = 0; step < STEPS; step += 1) {
      const restoration = this.#restoring();
      const run = this.#store.run();
      if (!restoration && !run) return true;
      if (restoration) await stepRestore(context, restoration);
      else if (run) await stepRun(context, run);
    }
    return false;
  }

  #restoring(): Restoration | undefined {
    const restoration = this.#store.restoration();
    const goesOn = restoration?.phase === "checking" || restoration?.phase === "restoring";
    return goesOn ? restoration : undefined;
  }

  #wake(): Promise<void> {
    return this.ctx.storage.setAlarm(this.deps.nowMs());
  }
}
