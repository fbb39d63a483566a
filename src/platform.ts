/** The world outside: the only file with a real clock, chance, timers, `fetch` and a console. */
import { maskFields, maskText } from "#audit";
import type { Clock, Log, LogFields } from "#base";
import { makeOutbound, type Outbound } from "#providers";

export const clock: Clock = () => Date.now();

export const log: Log = (level, message, fields = {}) => {
  console[level](logLine(level, message, fields));
};

/** What is printed: whatever a caller let slip is masked (I10). */
export function logLine(level: string, message: string, fields: LogFields): string {
  return JSON.stringify({ level, message: maskText(message), ...maskFields(fields) });
}

/** 0 to 1. */
export function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

const send = (url: string, init: RequestInit) => fetch(url, init);

const OUTBOUNDS: Readonly<Record<"development" | "production", Outbound>> = {
  development: makeOutbound(send, { plainHttpTo: "anyone" }),
  production: makeOutbound(send, { plainHttpTo: "loopback" }),
};

/** The way out, as strict as the environment asks. */
export function outboundOf({
  environment,
}: {
  readonly environment: keyof typeof OUTBOUNDS;
}): Outbound {
  return OUTBOUNDS[environment];
}

/** Rejects when it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return scheduler.wait(ms, signal ? { signal } : {});
}
