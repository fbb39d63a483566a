/**
 * Load shedding: no isolate takes on more work than it can hold in memory. What the merchant can do without for a
 * second (reads, operators' calls) gives way long before new payments do. Counts only; nothing is queued.
 */
import type { RateClass } from "#vault";

/** Requests under way at once, all classes together, up to which one of a class is still let in. */
export type LoadLimits = Readonly<Record<RateClass, number>>;

/** A signed call holds some 50 KiB while it waits for a provider; 1,000 of them are half of an isolate's memory. */
export const LOAD_LIMITS: LoadLimits = { security: 200, read: 300, refund: 600, initiate: 1_000 };

export interface Load {
  /** Takes a place, or `false`: come back in a moment. Who got one gives it back with `leave`. */
  enter(rateClass: RateClass): boolean;
  leave(): void;
}

export function makeLoad(limits: LoadLimits): Load {
  let underWay = 0;
  return {
    enter(rateClass) {
      if (underWay >= limits[rateClass]) return false;
      underWay += 1;
      return true;
    },
    leave() {
      underWay -= 1;
    },
  };
}
