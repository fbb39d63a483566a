/** What a control of a framework is to us, and what may prove it (RPT-2): a look made now, a dated page, or nothing but people. */
import type { DocumentId } from "./documents.ts";

/** Looks at the running gateway that controls may rest on, and what each one sees. */
export const EVIDENCE = {
  audit_chain: "the chain of the audit log, verified",
  audit_sealing: "the audit log, sealed in time into storage that is written once",
  keys_due: "keys of the gateway past the day on which they were to be replaced",
  key_ages: "the inventory of keys with their ages and states",
  tokens_fresh: "the provider's token, before its end",
  breakers_closed: "the circuit breakers of the providers",
  backup_recent: "the newest backup",
  kv: "the cache of sealed copies",
  durable_objects: "the objects that hold payments",
  webhooks_heard: "webhooks of the provider, heard lately",
  notifications_delivered: "notifications to the merchant, delivered",
  masking: "personal data and numbers of cards, planted and masked",
  secure_headers: "the headers of an answer",
  signatures_required: "calls without a right signature, refused",
  residency: "where payment data rests",
  risk_profiles: "the profiles that payments are scored by",
  operators_mfa: "operators without a second factor",
} as const satisfies Record<string, string>;

export type EvidenceId = keyof typeof EVIDENCE;

export function isEvidenceId(id: string): id is EvidenceId {
  return Object.hasOwn(EVIDENCE, id);
}

export type Proof =
  /** All of the looks, and all of the pages that say how it works. */
  | {
      readonly by: "checks";
      readonly checks: readonly EvidenceId[];
      readonly documents: readonly DocumentId[];
    }
  | { readonly by: "documents"; readonly documents: readonly DocumentId[] }
  /** No machine can show it. */
  | { readonly by: "people"; readonly reason: string };

export interface Control {
  /** A token of OSCAL: begins with a letter, unique among all frameworks. */
  readonly id: string;
  /** In our own words; the framework's text is the authority. */
  readonly title: string;
  readonly proof: Proof;
}

export interface Framework {
  readonly title: string;
  /** How much the framework holds: what is listed here is a part of it. */
  readonly whole: string;
  readonly controls: readonly Control[];
}

export function control(id: string, title: string, proof: Proof): Control {
  return { id, title, proof };
}

export function looks(checks: readonly EvidenceId[], documents: readonly DocumentId[] = []): Proof {
  return { by: "checks", checks, documents };
}

export function written(...documents: readonly DocumentId[]): Proof {
  return { by: "documents", documents };
}

export function people(reason: string): Proof {
  return { by: "people", reason };
}
