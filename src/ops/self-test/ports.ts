/** What a self-test works with: the public door, and what only the gateway itself can look at. */
import type { Clock, Log, MerchantId } from "#base";

/** What came of one look. */
export interface Verdict {
  readonly ok: boolean;
  /** Never a secret, or anything of a person: it is kept, shown and logged. */
  readonly detail: string;
}

export interface TestResult extends Verdict {
  readonly id: string;
  readonly ms: number;
}

/** A key that a run makes for itself. */
export interface RunKey {
  readonly keyId: string;
  readonly secret: string;
}

export type RunScope = "payments:read" | "payments:write" | "refunds:write";

interface CallToSign {
  readonly method: string;
  readonly url: string;
  readonly body?: string;
  readonly idempotencyKey?: string;
}

export interface SelfTestPorts {
  readonly merchantId: MerchantId;
  /** The door's own clock: signatures are judged by it. */
  readonly nowMs: Clock;
  readonly log: Log;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Where calls come from: an address that the merchant allows, if it has a list. */
  readonly address: string | null;
  /** The Worker's public entry, as anybody's request meets it. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Signs as the merchants' SDK does. */
  readonly sign: (
    call: CallToSign,
    key: RunKey,
    moment: { readonly createdSec: number; readonly nonce?: string },
  ) => Promise<Readonly<Record<string, string>>>;
  readonly makeKey: (order: {
    readonly scopes: readonly RunScope[];
    readonly expiresAtMs: number;
  }) => Promise<RunKey>;
  /** Safe to repeat; rejects while some gate has not heard of it. */
  readonly revokeKey: (keyId: string) => Promise<void>;
  readonly isKeyEnded: (keyId: string) => Promise<boolean>;
  /** A payment of another merchant; null when there is none of late. */
  readonly foreignPayment: () => Promise<{
    readonly merchantOrderId: string;
    readonly paymentId: string;
  } | null>;
  /** What a canary payment needs; null where payments would be real, or the merchant has no provider. */
  readonly canary: () => Promise<{ readonly webhookAuthorization: string } | null>;
  /** Logs these texts as an event of the run, and gives back how the audit log keeps it; null: it did not keep it. */
  readonly throughAudit: (runId: string, texts: readonly string[]) => Promise<string | null>;
  readonly auditChain: () => Promise<Verdict>;
  /** Keys that should have been replaced by now, by their names. */
  readonly overdueKeys: () => Promise<readonly string[]>;
  /** The provider's token; null when the merchant has no such provider. */
  readonly token: () => Promise<Verdict | null>;
}
