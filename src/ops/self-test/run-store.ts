/** A merchant's self-test runs: the one under way, and signed results of those that ended. */
import * as z from "zod";
import { DAY_MS, equalInConstantTime, once } from "#base";

const resultSchema = once(() =>
  z.object({ id: z.string(), ok: z.boolean(), detail: z.string(), ms: z.number() }),
);

const currentSchema = once(() =>
  z.object({
    runId: z.string(),
    startedAtMs: z.int(),
    /** The next chapter. */
    chapter: z.int(),
    /** Whether it was begun: found so by an alarm, it broke off. */
    begun: z.boolean(),
    keyIds: z.array(z.string()),
    tests: z.array(resultSchema()),
  }),
);
export type CurrentRun = z.infer<ReturnType<typeof currentSchema>>;

const endedSchema = once(() =>
  z.object({
    runId: z.string(),
    state: z.enum(["passed", "failed"]),
    startedAtMs: z.int(),
    finishedAtMs: z.int(),
    tests: z.array(resultSchema()),
  }),
);
export type EndedRun = z.infer<ReturnType<typeof endedSchema>>;

const keptSchema = once(() =>
  z.object({
    /** What is signed: an `EndedRun` as JSON. */
    text: z.string(),
    signature: z.string(),
  }),
);

const alertSchema = once(() => z.object({ runId: z.string(), text: z.string(), tries: z.int() }));
type DueAlert = z.infer<ReturnType<typeof alertSchema>>;

/** Kept are at most so many, and none for longer. */
const KEPT_MAX = 100;
const KEPT_MS = 30 * DAY_MS;
const KEPT = "ended/";

export interface RunStore {
  readonly current: () => CurrentRun | undefined;
  readonly setCurrent: (run: CurrentRun) => void;
  /** Ends the run under way, if it still is this one: a run ends once. */
  readonly end: (
    run: EndedRun,
    signed: { readonly text: string; readonly signature: string },
  ) => boolean;
  /** `null`: there is none of that id. `changedStartedAtMs`: one that began then is not as it was signed. */
  readonly ended: (
    runId: string,
    sign: (text: string) => Promise<string>,
  ) => Promise<EndedRun | { readonly changedStartedAtMs: number } | null>;
  readonly newestId: () => string | null;
  readonly alert: () => DueAlert | undefined;
  readonly setAlert: (alert: DueAlert | null) => void;
}

const keptName = (startedAtMs: number, runId: string) =>
  `${KEPT}${String(startedAtMs).padStart(15, "0")}/${runId}`;

export function runStore(storage: DurableObjectStorage): RunStore {
  const { kv } = storage;
  const current = () => {
    const run = kv.get("current");
    return run === undefined ? undefined : currentSchema().parse(run);
  };
  const names = () => [...kv.list({ prefix: KEPT })].map(([name]) => name);
  return {
    current,
    setCurrent: (run) => kv.put("current", run),
    end: (run, signed) =>
      storage.transactionSync(() => {
        if (current()?.runId !== run.runId) return false;
        kv.delete("current");
        kv.put(keptName(run.startedAtMs, run.runId), signed);
        const oldest = keptName(run.finishedAtMs - KEPT_MS, "");
        const kept = names();
        for (const name of kept.filter((one, at) => one < oldest || at < kept.length - KEPT_MAX)) {
          kv.delete(name);
        }
        return true;
      }),
    async ended(runId, sign) {
      const name = names().find((one) => one.endsWith(`/${runId}`));
      if (name === undefined) return null;
      const { text, signature } = keptSchema().parse(kv.get(name));
      const changed = { changedStartedAtMs: Number(name.split("/")[1]) };
      if (!(await equalInConstantTime(signature, await sign(text)))) return changed;
      const run = endedSchema().parse(JSON.parse(text));
      return run.runId === runId ? run : changed;
    },
    newestId: () => current()?.runId ?? names().at(-1)?.split("/").at(-1) ?? null,
    alert: () => {
      const alert = kv.get("alert");
      return alert === undefined ? undefined : alertSchema().parse(alert);
    },
    setAlert(alert) {
      if (alert === null) kv.delete("alert");
      else kv.put("alert", alert);
    },
  };
}
