import type { Clock, Log } from "#base";
import type { RefusalCounts } from "./refusal-object.ts";

/** A flush that is so many times late was cut off with the request that carried it. */
const LOST_AFTER_FLUSHES = 4;

export interface RefusalCounterPorts {
  readonly nowMs: Clock;
  readonly flushAfterMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly deliver: (counts: RefusalCounts) => Promise<void>;
  readonly log: Log;
}

/** Counts refusals in this isolate; the first of a batch takes the batch away a few seconds later. */
export interface RefusalCounter {
  note(code: string, afterAnswer: (work: Promise<void>) => void): void;
}

export function makeRefusalCounter(ports: RefusalCounterPorts): RefusalCounter {
  let batch = new Map<string, number>();
  let flushFromMs = -Infinity;
  const flush = async () => {
    await ports.sleep(ports.flushAfterMs);
    if (batch.size === 0) return;
    const counts = Object.fromEntries(batch);
    batch = new Map();
    try {
      await ports.deliver(counts);
    } catch {
      // The object is overloaded or being moved. These are statistics: said in the log, not tried again.
      ports.log("warn", "refusals not counted", counts);
    }
  };
  return {
    note(code, afterAnswer) {
      const nowMs = ports.nowMs();
      const lost = nowMs - flushFromMs > LOST_AFTER_FLUSHES * ports.flushAfterMs;
      const first = batch.size === 0;
      batch.set(code, (batch.get(code) ?? 0) + 1);
      if (!first && !lost) return;
      flushFromMs = nowMs;
      afterAnswer(flush());
    },
  };
}
