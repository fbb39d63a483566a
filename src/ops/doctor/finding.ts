/** One check's verdict in plain words. It never holds a secret, a token or a line of somebody's answer. */
export interface Finding {
  readonly level: Level;
  /** What was looked at. */
  readonly check: string;
  readonly says: string;
  /** The step that mends it. */
  readonly mend?: string;
}

/** `note` is what an operator should know although nothing could be judged. */
type Level = "ok" | "note" | "warn" | "fail";

export const ok = (check: string, says: string): Finding => ({ level: "ok", check, says });
export const note = (check: string, says: string): Finding => ({ level: "note", check, says });
export const warn = (check: string, says: string, mend: string): Finding => ({
  level: "warn",
  check,
  says,
  mend,
});
export const fail = (check: string, says: string, mend: string): Finding => ({
  level: "fail",
  check,
  says,
  mend,
});

/** Says whose configuration was looked at. */
export function ofMerchant(id: string, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, check: `${id} ${finding.check}` }));
}

const MARKS: Record<Level, string> = { ok: "ok  ", note: "note", warn: "warn", fail: "FAIL" };

/** One line a check. */
export function findingLine({ level, check, says, mend }: Finding): string {
  return `${MARKS[level]}  ${check}: ${says}${mend === undefined ? "" : ` Mend: ${mend}`}`;
}

/** 1 when anything failed; warnings alone end well. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}
