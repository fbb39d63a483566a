import type { Log } from "#base";
import type { RefusalCounts } from "./refusal-object.ts";

export interface RefusalCounterPorts {
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
  const flush = async () => {
    await ports.sleep(ports.flushAfterMs);
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
      const first = batch.size === 0;
      batch.set(code, (batch.get(code) ?? 0) + 1);
      if (first) afterAnswer(flush());
    },
  };
}
