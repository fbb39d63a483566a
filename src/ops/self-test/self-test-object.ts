/**
 * One per merchant: runs the self-test, chapter by chapter, and keeps what came of it, signed. At most one run at a
 * time; one that breaks off ends as failed. A failed run is told to the merchant, again until its server takes it.
 */
import { DurableObject } from "cloudflare:workers";
import {
  type Clock,
  errorMessage,
  type Log,
  type MerchantId,
  merchantIdSchema,
  MINUTE_MS,
  randomId,
} from "#base";
import { type Chapter, runChapter } from "./chapter.ts";
import type { SelfTestPorts, TestResult } from "./ports.ts";
import { type CurrentRun, type EndedRun, type RunStore, runStore } from "./run-store.ts";
import { CHAPTERS } from "./suite.ts";

export interface SecurityAlert {
  /** The same at every try. */
  readonly id: string;
  readonly type: "security.alert";
  readonly body: string;
}

export interface SelfTestDeps {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly portsOf: (merchantId: MerchantId) => Promise<SelfTestPorts>;
  /** A keyed hash that nobody makes without the gateway's keys. */
  readonly sign: (merchantId: MerchantId, text: string) => Promise<string>;
  /** Whether the merchant's server has it, or will never take it. */
  readonly alert: (merchantId: MerchantId, alert: SecurityAlert) => Promise<boolean>;
}

export interface SelfTestRun {
  readonly runId: string;
  readonly state: "running" | "passed" | "failed";
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly tests: readonly TestResult[];
}

/** Longer than all chapters may take: what is under way after it broke off. */
const RUN_MS_MAX = 15 * MINUTE_MS;
const ALERT_AGAIN_MS = 10 * MINUTE_MS;
/** A day and a half of them: by then other runs have failed too. */
const ALERT_TRIES_MAX = 200;

const brokeOff = { id: "run.finished", ok: false, detail: "the run broke off", ms: 0 } as const;
const wasChanged = { ...brokeOff, id: "result.signature", detail: "the result was changed" };

export abstract class SelfTestObjectBase<Env> extends DurableObject<Env> {
  protected abstract readonly deps: SelfTestDeps;
  readonly #merchantId = merchantIdSchema.parse(this.ctx.id.name);
  readonly #store: RunStore = runStore(this.ctx.storage);

  /** Begins a run; while one is under way, that one is meant. */
  async begin(): Promise<{ readonly runId: string }> {
    const nowMs = this.deps.nowMs();
    await this.#endOverdue(nowMs);
    const current = this.#store.current();
    const runId = current?.runId ?? randomId("run");
    const fresh = { runId, startedAtMs: nowMs, chapter: 0, begun: false, keyIds: [], tests: [] };
    if (!current) this.#store.setCurrent(fresh);
    await this.ctx.storage.setAlarm(nowMs);
    return { runId };
  }

  /** A run as it stands; null when it is not known, or no longer. */
  async run(runId: string): Promise<SelfTestRun | null> {
    await this.#endOverdue(this.deps.nowMs());
    const current = this.#store.current();
    if (current?.runId === runId) {
      const { startedAtMs, tests } = current;
      return { runId, state: "running", startedAtMs, finishedAtMs: null, tests };
    }
    const ended = await this.#store.ended(runId, (text) => this.#sign(text));
    if (ended === null || !("changedStartedAtMs" in ended)) return ended;
    const { changedStartedAtMs: atMs } = ended;
    this.deps.log("error", "a self-test's result was changed", { merchantId: this.#merchantId });
    return { runId, state: "failed", startedAtMs: atMs, finishedAtMs: atMs, tests: [wasChanged] };
  }

  /** The newest run, also one under way; null before the first. */
  async newest(): Promise<SelfTestRun | null> {
    const runId = this.#store.newestId();
    return runId === null ? null : this.run(runId);
  }

  /** The next chapter, or what is left to tell. An alarm comes at least once: a chapter found begun broke off. */
  override async alarm(): Promise<void> {
    const run = this.#store.current();
    if (run) await this.#goOn(run);
    await this.#tell();
    const { current, alert } = this.#store;
    const waitMs = current() ? 0 : ALERT_AGAIN_MS;
    if (current() || alert()) await this.ctx.storage.setAlarm(this.deps.nowMs() + waitMs);
  }

  async #goOn(run: CurrentRun): Promise<void> {
    const chapter = CHAPTERS[run.chapter];
    if (run.begun) await this.#breakOff(run);
    else if (chapter) await this.#runChapter({ ...run, begun: true }, chapter);
    else await this.#end(run, run.tests);
  }

  async #runChapter(begun: CurrentRun, chapter: Chapter): Promise<void> {
    let run = begun;
    const note = (change: Partial<CurrentRun>) => {
      run = { ...run, ...change };
      // One that was ended meanwhile stays so.
      if (this.#store.current()?.runId === run.runId) this.#store.setCurrent(run);
    };
    note({});
    try {
      const ports = await this.deps.portsOf(this.#merchantId);
      const { runId } = run;
      const noteKey = (keyId: string) => note({ keyIds: [...run.keyIds, keyId] });
      const results = await runChapter(ports, chapter, { runId, noteKey });
      note({ chapter: run.chapter + 1, begun: false, tests: [...run.tests, ...results] });
    } catch (error) {
      const merchantId = this.#merchantId;
      this.deps.log("error", "self-test broke off", { merchantId, error: errorMessage(error) });
      await this.#breakOff(run);
    }
  }

  async #endOverdue(nowMs: number): Promise<void> {
    const run = this.#store.current();
    if (run && nowMs - run.startedAtMs > RUN_MS_MAX) await this.#breakOff(run);
  }

  async #breakOff(run: CurrentRun): Promise<void> {
    await this.#endKeys(run);
    await this.#end(run, [...run.tests, brokeOff]);
  }

  /** What does not answer now ends by itself: the keys live for minutes. */
  async #endKeys({ keyIds }: CurrentRun): Promise<void> {
    try {
      const ports = await this.deps.portsOf(this.#merchantId);
      await Promise.all(keyIds.map((keyId) => ports.revokeKey(keyId)));
    } catch (error) {
      this.deps.log("warn", "self-test's keys not revoked", { error: errorMessage(error) });
    }
  }

  async #end({ runId, startedAtMs }: CurrentRun, tests: readonly TestResult[]): Promise<void> {
    const state = tests.every(({ ok }) => ok) ? "passed" : "failed";
    const finishedAtMs = this.deps.nowMs();
    const ended: EndedRun = { runId, state, startedAtMs, finishedAtMs, tests: [...tests] };
    const text = JSON.stringify(ended);
    const signature = await this.#sign(text);
    if (!this.#store.end(ended, { text, signature }) || state === "passed") return;
    const failed = tests.filter(({ ok }) => !ok).map(({ id }) => id);
    const merchantId = this.#merchantId;
    this.deps.log("error", "self-test failed", { merchantId, runId, failed: failed.join(" ") });
    this.#store.setAlert({ runId, text: alertText(ended, failed), tries: 0 });
    await this.ctx.storage.setAlarm(finishedAtMs);
  }

  /** A newer failure takes the place of an older one that could not be told. */
  async #tell(): Promise<void> {
    const due = this.#store.alert();
    if (!due) return;
    const { runId, text, tries } = due;
    const alert = { id: `${runId}_alert`, type: "security.alert", body: text } as const;
    const isTold = await this.deps.alert(this.#merchantId, alert).catch(() => false);
    if (this.#store.alert()?.runId !== runId) return;
    const isOver = isTold || tries + 1 >= ALERT_TRIES_MAX;
    this.#store.setAlert(isOver ? null : { ...due, tries: tries + 1 });
  }

  #sign(text: string): Promise<string> {
    return this.deps.sign(this.#merchantId, text);
  }
}

function alertText({ finishedAtMs, runId, startedAtMs }: EndedRun, failed: string[]): string {
  return JSON.stringify({
    type: "security.alert",
    timestamp: new Date(finishedAtMs).toISOString(),
    data: { reason: "self_test_failed", runId, startedAt: startedAtMs, failed },
  });
}
