/**
 * What can be said of a control (RPT-2). Pure. `satisfied` only where everything that the control rests on is there, good and
 * not too old: nothing is satisfied because somebody says so, and what was not looked at is not satisfied.
 */
import { DAY_MS, HOUR_MS, unreachable } from "#base";
import { type Control, EVIDENCE, type EvidenceId } from "./control.ts";
import { type DatedDocument, type DocumentId, DOCUMENTS } from "./documents.ts";

/** One look at the running gateway. */
export interface Evidence {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly atMs: number;
}

/** What a finding rests on. */
export interface Ground {
  /** The same look or page has the same name wherever a report refers to it. */
  readonly name: string;
  readonly type: "check" | "document";
  readonly title: string;
  readonly detail: string;
  readonly ok: boolean;
  /** When it was looked at; the date of a page. */
  readonly atMs: number;
  /** From then on it proves nothing. */
  readonly expiresAtMs: number;
}

export interface Finding {
  readonly controlId: string;
  readonly title: string;
  readonly isSatisfied: boolean;
  /** OSCAL's word for why: `other` is what nobody could see. */
  readonly reason: "pass" | "fail" | "other";
  readonly remarks: string;
  readonly needsPeople: boolean;
  readonly restsOn: readonly Ground[];
}

/** A look of yesterday says nothing of today: the slowest of them is made once a day. */
export const EVIDENCE_MS_MAX = 25 * HOUR_MS;
/** A page that nobody has read again for a year is no evidence. */
export const DOCUMENT_MS_MAX = 365 * DAY_MS;
/** A detail is a line, not a log. */
const DETAIL_LENGTH_MAX = 300;

const NOT_SHOWN = { isSatisfied: false, reason: "other" } as const;

export function assess(
  { id, title, proof }: Control,
  evidence: readonly Evidence[],
  nowMs: number,
): Finding {
  const base = { controlId: id, title, needsPeople: false };
  switch (proof.by) {
    case "people": {
      const remarks = `Needs people: ${proof.reason}`;
      return { ...base, needsPeople: true, ...NOT_SHOWN, remarks, restsOn: [] };
    }
    case "documents":
      return { ...base, ...judge({ checks: [], documents: proof.documents }, evidence, nowMs) };
    case "checks":
      return { ...base, ...judge(proof, evidence, nowMs) };
    default:
      return unreachable(proof);
  }
}

interface Needs {
  readonly checks: readonly EvidenceId[];
  readonly documents: readonly DocumentId[];
}

type Verdict = Pick<Finding, "isSatisfied" | "reason" | "remarks" | "restsOn">;

function judge(
  { checks, documents }: Needs,
  evidence: readonly Evidence[],
  nowMs: number,
): Verdict {
  const missing = checks.filter((id) => !evidence.some((one) => one.id === id));
  const looks = checks.flatMap((id) => checkGrounds(id, evidence));
  const restsOn = [...looks, ...documents.map((id) => documentGround(id, DOCUMENTS[id]))];
  const bad = restsOn.filter(({ ok }) => !ok);
  const old = restsOn.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
  const faults = [
    ...bad.map(({ title, detail }) => `${title}: ${detail}`),
    ...old.map(({ title }) => `${title}: too old to prove anything.`),
    ...missing.map((id) => `${id}: no evidence was collected.`),
  ];
  if (faults.length > 0) {
    const reason = bad.length > 0 ? "fail" : "other";
    return { isSatisfied: false, reason, remarks: faults.join(" "), restsOn };
  }
  // A control without anything to rest on would be an assertion.
  const isSatisfied = restsOn.length > 0;
  const remarks = isSatisfied ? "All that it rests on holds." : "Nothing proves it.";
  return { isSatisfied, reason: isSatisfied ? "pass" : "other", remarks, restsOn };
}

function checkGrounds(id: EvidenceId, evidence: readonly Evidence[]): Ground[] {
  return evidence
    .filter((one) => one.id === id)
    .map(({ ok, detail, atMs }, index) => ({
      name: `check/${id}/${index}`,
      type: "check",
      title: id,
      detail: `${EVIDENCE[id]}: ${detail.slice(0, DETAIL_LENGTH_MAX)}`,
      ok,
      atMs,
      expiresAtMs: atMs + EVIDENCE_MS_MAX,
    }));
}

function documentGround(id: DocumentId, { path, title, datedOn }: DatedDocument): Ground {
  const atMs = Date.parse(`${datedOn}T00:00:00Z`);
  const detail = `${title}, dated ${datedOn}`;
  const expiresAtMs = atMs + DOCUMENT_MS_MAX;
  return {
    name: `document/${id}`,
    type: "document",
    title: path,
    detail,
    ok: true,
    atMs,
    expiresAtMs,
  };
}
