/** The bucket's files, the backup's own key and the names of what is copied: all that checking a backup needs. */
import type { MerchantId } from "#base";

/** Where files are read from: the bucket, or a directory with a copy of it. */
export interface FileReader {
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** All names with a prefix. */
  list(prefix: string): Promise<string[]>;
}

export interface Bucket extends FileReader {
  /** Write-once: false when the name is taken, and then nothing is written. */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** Envelopes under the backup's own key. */
export interface Sealing {
  /** Which root key closes; not secret. */
  readonly masterKeyId: string;
  /** The first generation of every root that is there. */
  readonly keks: readonly string[];
  seal(identity: readonly string[], text: string): Promise<string>;
  open(identity: readonly string[], envelope: string): Promise<string | undefined>;
}

/** Objects beside payments: a merchant's own, and those that a deployment has one of. */
export const OBJECT_KINDS = ["vault", "ledger", "audit", "payload_keys", "key_registry"] as const;
type ObjectKind = (typeof OBJECT_KINDS)[number];

export interface ObjectName {
  readonly object: ObjectKind;
  /** Null for what the deployment has once. */
  readonly merchantId: MerchantId | null;
}

export function objectKey({ object, merchantId }: ObjectName): string {
  return merchantId === null ? object : `${object}/${merchantId}`;
}
