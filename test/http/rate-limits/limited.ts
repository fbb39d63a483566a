/** Calls against limits: a clock that stands still, and what an answer's fields say. */
import { isInnerList, type List, parseList } from "structured-headers";
import { expect, vi } from "vitest";
import type { TestAnswer } from "../../support/call.ts";

/** Stops the clock of gateway and tests; from here on only `moveMs` moves it. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"] });
}

export function moveMs(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}

/** Past every window of `api.md` 4. */
export const nextWindow = () => moveMs(300_000);

export interface RateField {
  readonly name: string;
  readonly q: number;
  readonly w: number;
  readonly r: number;
  readonly t: number;
}

/** The limits an answer tells, policies and what is left side by side (RAT-1 to RAT-3). */
export function ratesOf({ headers }: TestAnswer): RateField[] {
  const policies = parseList(headers.get("ratelimit-policy") ?? "");
  const left = parseList(headers.get("ratelimit") ?? "");
  expect(policies.length).toBeGreaterThan(0);
  expect(namesOf(left)).toEqual(namesOf(policies));
  return policies.map((policy, at) => {
    const [q, w] = [numberIn(policy, "q"), numberIn(policy, "w")];
    const [r, t] = [numberIn(left[at], "r"), numberIn(left[at], "t")];
    expect([q, w, t].every((value) => Number.isInteger(value) && value > 0)).toBe(true);
    expect(Number.isInteger(r) && r >= 0 && r <= q).toBe(true);
    return { name: namesOf(policies)[at] ?? "", q, w, r, t };
  });
}

/** How many calls of so many come in, all at once, when others get 429. */
export async function admittedOf(
  times: number,
  ask: () => Promise<TestAnswer>,
): Promise<{ readonly admitted: number; readonly refused: TestAnswer[] }> {
  const answers = await Promise.all(Array.from({ length: times }, ask));
  const refused = answers.filter(({ status }) => status === 429);
  return { admitted: times - refused.length, refused };
}

const namesOf = (list: List) => list.map((member) => member[0]).map(String);

function numberIn(member: List[number] | undefined, name: string): number {
  if (!member || isInnerList(member)) return Number.NaN;
  return Number(member[1].get(name));
}
