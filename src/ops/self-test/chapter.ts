/**
 * Runs one chapter of the suite with a key of its own, which is ended whatever happens: by its revocation, and by its
 * short life where even that fails.
 */
import { errorMessage, MINUTE_MS, SECOND_MS } from "#base";
import { type Caller, makeCaller } from "./caller.ts";
import type { RunKey, RunScope, SelfTestPorts, TestResult, Verdict } from "./ports.ts";

/** What a test looks at. */
export interface Stage {
  readonly ports: SelfTestPorts;
  readonly caller: Caller;
  readonly runId: string;
  readonly key: RunKey;
}

export interface SelfTest {
  readonly id: string;
  readonly run: (stage: Stage) => Promise<Verdict>;
}

export interface Chapter {
  readonly name: string;
  readonly scopes: readonly RunScope[];
  /** In their order: later ones may look at what earlier ones were answered. */
  readonly tests: readonly SelfTest[];
}

/** As long as a chapter can take, and not much longer. */
const KEY_LIFE_MS = 10 * MINUTE_MS;
/** A door that hangs is a broken door. */
const TEST_MS_MAX = 15 * SECOND_MS;

export async function runChapter(
  ports: SelfTestPorts,
  { name, scopes, tests }: Chapter,
  run: { readonly runId: string; readonly noteKey: (keyId: string) => void },
): Promise<TestResult[]> {
  const expiresAtMs = ports.nowMs() + KEY_LIFE_MS;
  const key = await ports.makeKey({ scopes, expiresAtMs });
  run.noteKey(key.keyId);
  const results: TestResult[] = [];
  try {
    const stage = { ports, caller: makeCaller(ports, key), runId: run.runId, key };
    for (const test of tests) results.push(await runTest(stage, test));
  } finally {
    results.push(await runOne(ports, `key.ended.${name}`, () => endKey(ports, key.keyId)));
  }
  return results;
}

function runTest(stage: Stage, { id, run }: SelfTest): Promise<TestResult> {
  return runOne(stage.ports, id, () => run(stage));
}

/** What a test says, or that it failed or took too long. The reason of an error goes to the log only. */
async function runOne(
  { log, nowMs, sleep }: SelfTestPorts,
  id: string,
  look: () => Promise<Verdict>,
): Promise<TestResult> {
  const startedAtMs = nowMs();
  const stop = new AbortController();
  const tooLong = sleep(TEST_MS_MAX, stop.signal).then(() => ({
    ok: false,
    detail: "no answer in time",
  }));
  const failed = (error: unknown): Verdict => {
    log("error", "self-test not carried out", { id, error: errorMessage(error) });
    return { ok: false, detail: "could not be carried out" };
  };
  const { ok, detail } = await Promise.race([look().catch(failed), tooLong]);
  stop.abort(); // Timers would keep the object awake.
  return { id, ok, detail, ms: nowMs() - startedAtMs };
}

async function endKey(ports: SelfTestPorts, keyId: string): Promise<Verdict> {
  await ports.revokeKey(keyId);
  const ok = await ports.isKeyEnded(keyId);
  return { ok, detail: ok ? "the run's key is ended" : "the run's key lives on" };
}
