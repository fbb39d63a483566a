import { type Clock, SECOND_MS } from "#base";
import type { ClockSample } from "./check-clock.ts";
import type { IsAllowedUrl } from "./check-merchant.ts";
import type { Answer, Ask, Question } from "./probe.ts";

/** What the doctor needs of the world. */
export interface DoctorPorts {
  readonly ask: Ask;
  readonly nowMs: Clock;
  readonly isAllowedUrl: IsAllowedUrl;
  /** HMAC-SHA256 of the text, as hex. */
  readonly hmacSha256Hex: (secret: string, text: string) => Promise<string>;
}

export interface Session {
  readonly ports: DoctorPorts;
  /** Asks, and notes what time the other side says it is. */
  readonly ask: (source: string, question: Omit<Question, "timeoutMs">) => Promise<Answer>;
  readonly clockSamples: () => readonly ClockSample[];
}

const TIMEOUT_MS = 10 * SECOND_MS;

export function makeSession(ports: DoctorPorts): Session {
  const samples: ClockSample[] = [];
  return {
    ports,
    clockSamples: () => samples,
    async ask(source, question) {
      const askedAtMs = ports.nowMs();
      const answer = await ports.ask({ ...question, timeoutMs: TIMEOUT_MS });
      if (answer.type === "answer") {
        samples.push({ source, date: answer.date, askedAtMs, answeredAtMs: ports.nowMs() });
      }
      return answer;
    },
  };
}
