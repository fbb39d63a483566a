/** This machine's clock against others' `Date` headers: signatures are fresh for five minutes only (api.md 1). */
import { SECOND_MS } from "#base";
import { fail, type Finding, note, ok, warn } from "./finding.ts";

export interface ClockSample {
  readonly source: string;
  readonly date: string | null;
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
}

const CHECK = "clock";
const WARN_SKEW_SEC = 30;
const FAIL_SKEW_SEC = 300;

export function judgeClock(samples: readonly ClockSample[]): Finding {
  const skews = samples.flatMap((sample) => {
    const skewSec = skewSecOf(sample);
    return skewSec === undefined ? [] : [{ source: sample.source, skewSec }];
  });
  const worst = skews.toSorted((a, b) => Math.abs(b.skewSec) - Math.abs(a.skewSec))[0];
  if (!worst) return note(CHECK, "nobody said what time it is, so this machine's is not judged.");
  const size = Math.abs(worst.skewSec);
  if (size <= WARN_SKEW_SEC) return ok(CHECK, `within ${WARN_SKEW_SEC} s of ${worst.source}.`);
  const side = worst.skewSec > 0 ? "behind" : "ahead of";
  const says = `${size} s ${side} ${worst.source}`;
  const mend = "set the clock by NTP, here and on the machine that signs requests.";
  return size > FAIL_SKEW_SEC
    ? fail(CHECK, `${says}: signatures made here are refused as expired.`, mend)
    : warn(CHECK, `${says}: signatures expire early.`, mend);
}

/** How far the other clock is ahead. The header has whole seconds, and the call took its time. */
function skewSecOf({ date, askedAtMs, answeredAtMs }: ClockSample): number | undefined {
  const theirsMs = Date.parse(date ?? "");
  if (Number.isNaN(theirsMs)) return undefined;
  return Math.round((theirsMs + SECOND_MS / 2 - (askedAtMs + answeredAtMs) / 2) / SECOND_MS);
}
