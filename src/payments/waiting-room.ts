import type { Clock } from "#base";

export interface WaitingRoom {
  /** Waits until `done` or for `budgetMs`; says whether it was done. `done` is asked again at every `wake`. */
  until(done: () => boolean, budgetMs: number): Promise<boolean>;
  wake(): void;
}

/** Callers of one object that wait for its state to change. Lives in memory: after a crash they ask again. */
export function openWaitingRoom(nowMs: Clock): WaitingRoom {
  let waiters: (() => void)[] = [];
  return {
    async until(done, budgetMs) {
      const endMs = nowMs() + budgetMs;
      while (!done()) {
        const leftMs = endMs - nowMs();
        if (leftMs <= 0) return false;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs);
          waiters.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      return true;
    },
    wake() {
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
  };
}
