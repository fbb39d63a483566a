/** What may be asked of a merchant's vault about its settings, and what it answers. */
import type { ChangedBy } from "#base";
import type { CredentialName } from "./credentials.ts";

export interface ConfigVersion {
  readonly version: number;
  readonly source: "vault" | "bootstrap";
  readonly changedAtMs: number | null;
  /** The id of an API key. */
  readonly changedBy: string | null;
  readonly reason: string | null;
  readonly rolledBackTo: number | null;
  /** The whole configuration, JSON. */
  readonly config: string;
  /** What differs from the version before, JSON of `ConfigChange[]`. */
  readonly changes: string;
}

export interface VersionedChange {
  readonly reason: string;
  /** The newest version that the writer has seen. */
  readonly expectedVersion: number;
  readonly by: ChangedBy;
}
export interface ConfigOrder extends VersionedChange {
  /** A whole configuration that was checked, JSON. */
  readonly config: string;
}
export interface RollbackOrder extends VersionedChange {
  readonly toVersion: number;
}
export type ConfigRefusal = "version_conflict" | "version_unknown";

export interface ConfigPage {
  /** Newest first. */
  readonly versions: ConfigVersion[];
  /** What to name as `before` for the next page. */
  readonly next: number | null;
}

export interface CredentialOrder {
  readonly name: CredentialName;
  /** The value, checked, JSON. */
  readonly value: string;
  readonly reason: string;
  /** How long what it replaces is still accepted. */
  readonly overlapMs: number;
  readonly by: ChangedBy;
}

/** All that is told of a credential. */
export interface CredentialView {
  readonly name: CredentialName;
  /** 0 for one that stands in `BOOTSTRAP`. */
  readonly version: number;
  readonly source: "vault" | "bootstrap";
  readonly setAtMs: number | null;
  /** The id of an API key. */
  readonly setBy: string | null;
  readonly reason: string | null;
  /** Replaced versions that are still accepted. */
  readonly accepted: readonly { readonly version: number; readonly untilMs: number }[];
}
