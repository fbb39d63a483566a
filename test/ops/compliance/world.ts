/** Evidence of a gateway in which all is well, and the judge of reports: the profile of OSCAL itself. */
import * as z from "zod";
import { type Evidence, type EvidenceId, reportOf } from "#ops-compliance";
import { EVIDENCE } from "../../../src/ops/compliance/control.ts";
import type { FrameworkId } from "../../../src/ops/compliance/frameworks.ts";
import profile from "./schema/oscal-assessment-results.profile.schema.json";

export const NOW_MS = Date.UTC(2026, 10, 26, 8);

export const EVIDENCE_IDS = Object.keys(EVIDENCE).filter((id): id is EvidenceId =>
  Object.hasOwn(EVIDENCE, id),
);

/** All looks that there are, well, but for those named. */
export function evidence(changes: Partial<Record<EvidenceId, Partial<Evidence>>> = {}): Evidence[] {
  return EVIDENCE_IDS.map((id) => ({
    id,
    ok: true,
    detail: "well",
    atMs: NOW_MS,
    ...changes[id],
  }));
}

export function report(
  seen: readonly Evidence[],
  { framework = null, nowMs = NOW_MS }: { framework?: FrameworkId | null; nowMs?: number } = {},
) {
  const newUuid = () => crypto.randomUUID();
  return reportOf({ framework, evidence: seen, nowMs, gatewayVersion: "1.2.3", newUuid });
}

export const findingsOf = ({ sections }: ReturnType<typeof report>) =>
  sections.flatMap(({ findings }) => findings);

/**
 * zod reads `required` of an object that says so, and lists what it requires. The profile's choice of controls does neither, so
 * it is spelled out; all else is as it stands.
 */
const CHOICE = '"oneOf":[{"required":["include-all"]},{"required":["include-controls"]}]';
const branch = (name: string) =>
  `{"type":"object","properties":{"${name}":{}},"required":["${name}"]}`;
const SPELLED_OUT = `"oneOf":[${branch("include-all")},${branch("include-controls")}]`;

const profileText = JSON.stringify(profile);
if (!profileText.includes(CHOICE)) throw new Error("the profile has changed");
const profileSchema = z.fromJSONSchema(JSON.parse(profileText.replace(CHOICE, SPELLED_OUT)));

/** Why the profile refuses a document; `undefined` when it does not. */
export const profileError = (document: unknown) => profileSchema.safeParse(document).error;
