import type { Clock, Log, MerchantId } from "#base";
import { AUDITED_REFUSALS, merchantCountName } from "./refusal-events.ts";
import type { RefusalCounts } from "./refusal-object.ts";

/** A flush that is so many times late was cut off with the request that carried it. */
const LOST_AFTER_FLUSHES = 4;

export interface RefusalCounterPorts {
  readonly nowMs: Clock;
  readonly flushAfterMs: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly deliver: (counts: RefusalCounts) => Promise<void>;
  readonly log: Log;
  /** Whether there is such a merchant: names that callers invent are not counted by. */
  readonly isMerchant: (merchantId: MerchantId) => boolean;
}

/** Counts refusals in this isolate; the first of a batch takes the batch away a few seconds later. */
export interface RefusalCounter {
  /** `merchantId`: whom the request said it was for, proven or not. */
  note(code: string, afterAnswer: (work: Promise<void>) => void, merchantId?: MerchantId): void;
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
  const count = (name: string) => batch.set(name, (batch.get(name) ?? 0) + 1);
  return {
    note(code, afterAnswer, merchantId) {
      const nowMs = ports.nowMs();
      const lost = nowMs - flushFromMs > LOST_AFTER_FLUSHES * ports.flushAfterMs;
      const first = batch.size === 0;
      count(code);
      const isAudited = AUDITED_REFUSALS.has(code) && merchantId !== undefined;
      if (isAudited && ports.isMerchant(merchantId)) count(merchantCountName(code, merchantId));
      if (!first && !lost) return;
      flushFromMs = nowMs;
      afterAnswer(flush());
    },
  };
}
