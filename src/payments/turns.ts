import type { WaitingRoom } from "./waiting-room.ts";

export interface Turn<Answer> {
  readonly key: string | null;
  /** How long a later call waits for the first. */
  readonly budgetMs: number;
  readonly tooLate: () => Answer;
  readonly work: () => Promise<Answer>;
}

/**
 * Lets one call per idempotency key in at a time; the others wait for it, then find its answer (I9). `running` holds
 * the keys of calls that are in.
 */
export async function takeTurn<Answer>(
  room: WaitingRoom,
  running: Set<string>,
  { key, budgetMs, tooLate, work }: Turn<Answer>,
): Promise<Answer> {
  if (key === null) return work();
  // Looked for and taken in one synchronous step, so that two waiters never both get in.
  const take = () => !running.has(key) && running.add(key).has(key);
  if (!(await room.until(take, budgetMs))) return tooLate();
  try {
    return await work();
  } finally {
    running.delete(key);
    room.wake();
  }
}
