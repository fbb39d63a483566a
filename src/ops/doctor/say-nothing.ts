import { fail, type Finding } from "./finding.ts";
import type { Meaning } from "./phonepe-answer.ts";

type Silent = Extract<Meaning, "blocked" | "firewall" | "busy" | "outage">;

/** Answers that say nothing of the question: what stands in the way is the same for every check of PhonePe's API. */
export function sayNothing(
  check: string,
): Record<Silent, (seen: unknown, status: number) => Finding> {
  return {
    blocked: () =>
      fail(
        check,
        "PhonePe's security blocks the call (INTERNAL_SECURITY_BLOCK).",
        "have the merchant's domain registered at PhonePe, by a ticket from its dashboard.",
      ),
    firewall: () =>
      fail(
        check,
        "403 without a reason of PhonePe's: a firewall or proxy answered.",
        "run this from another network, and let this one reach PhonePe.",
      ),
    busy: () =>
      fail(check, "429, too many requests: nothing is proven.", "wait, then run it again."),
    outage: (_, status) =>
      fail(check, `${status}, PhonePe has trouble: nothing is proven.`, "run it again later."),
  };
}
