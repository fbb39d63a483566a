/** How answers are judged. Details say what was seen by status and code, never by an answer's text. */
import type { Answer } from "./caller.ts";
import type { Verdict } from "./ports.ts";

export function passed(detail: string): Verdict {
  return { ok: true, detail };
}

export function failed(detail: string): Verdict {
  return { ok: false, detail };
}

/** What cannot be looked at here: it is no failure, and it is said. */
export function skipped(reason: string): Verdict {
  return passed(`skipped: ${reason}`);
}

/** Passes for the first complaint that there is not. */
export function unlessAny(complaints: readonly string[], well: string): Verdict {
  const [first] = complaints;
  return first === undefined ? passed(well) : failed(first);
}

/** Whether the answer is the refusal that api.md promises. */
export function refusedAs(answer: Answer, expected: `${number} ${string}`): Verdict {
  const seen = seenOf(answer);
  return seen === expected ? passed(seen) : failed(`answered ${seen}, expected ${expected}`);
}

/** A status and a code, or a word for what is none of ours. */
export function seenOf({ status, json }: Answer): string {
  const { code } = json;
  const isCode = typeof code === "string" && /^[a-z_]{1,64}$/.test(code);
  return isCode ? `${status} ${code}` : `${status}`;
}
