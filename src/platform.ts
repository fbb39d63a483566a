/** The world outside: the only file with a real clock, chance, timers, `fetch` and a console. */
import type { Clock, Log } from "#base";
import { makeOutbound, type Outbound } from "#providers";

export const clock: Clock = () => Date.now();

export const log: Log = (level, message, fields = {}) => {
  console[level](JSON.stringify({ level, message, ...fields }));
};

/** 0 to 1. */
export function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

export const outbound: Outbound = makeOutbound((url, init) => fetch(url, init));

export function sleep(ms: number): Promise<void> {
  return scheduler.wait(ms);
}
