/** What the operations need of the rooms they do not see; `wiring.ts` gives it. */
import type {
  AuditEvent,
  ChangedBy,
  Cidr,
  Clock,
  Log,
  MerchantId,
  MerchantOrderId,
  Result,
} from "#base";
import type { Erasure } from "#customers";
import type {
  AdmitAnswer,
  ApiKeyOrder,
  ApiKeyRecord,
  Arrival,
  ConfigOrder,
  ConfigPage,
  ConfigRefusal,
  ConfigVersion,
  CredentialOrder,
  CredentialView,
  KeyInventory,
  KeyName,
  KeyVersions,
  Load,
  MadeKey,
  Noted,
  RateStatus,
  RefusalCounter,
  RollbackOrder,
  SignatureOptions,
  SignedRequest,
} from "#door";
import type {
  Analytics,
  AnalyticsQuery,
  ParkedRow,
  UnmatchedWebhook,
  UnmatchedWebhookRow,
} from "#events";
import type {
  AskRefundCommand,
  InitiateAnswer,
  InitiateCommand,
  ProviderWebhook,
  RefundAnswer,
  RefundStatusAnswer,
  RequestIdentity,
  StatusAnswer,
  StatusCommand,
  WebhookAnswer,
  WebhookHint,
} from "#payments";
import type { ResidencyReport } from "#residency";
import type { RiskPorts } from "./risk-ports.ts";
import type { ComplianceReport, FrameworkName } from "./compliance-report.ts";
import type { InitiateBody, UrlPolicy } from "./schemas.ts";
import type { SecurityPorts } from "./security-status.ts";
import type { SelfTestApi } from "./self-test.ts";

export type SignerMerchant = SignedRequest["apiKey"]["merchant"];

/** Who sent a webhook, as its credentials prove. */
export interface WebhookOrigin {
  readonly merchantId: MerchantId;
  readonly provider: string;
  readonly scheme: "phonepe_sha" | "phonepe_hmac" | "phonepe_v1" | "razorpay" | "hmac";
  /** Where such a webhook may come from; without a list from everywhere. */
  readonly allowIps: readonly Cidr[] | undefined;
}

/** One look at something that payments depend on. */
export interface HealthCheck {
  readonly id: string;
  /** May reject, and may take too long. */
  readonly run: () => Promise<{ readonly ok: boolean; readonly detail: string }>;
}

export interface CustomerPage {
  readonly erasedAtMs: number | null;
  /** One entry per payment, as its object tells it. */
  readonly payments: readonly unknown[];
  /** Where the next page begins; null on the last one. */
  readonly next: string | null;
}

interface AuditQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly action: string | null;
  /** The id of an event's object. */
  readonly object: string | null;
  readonly limit: number;
  /** Only entries before this sequence. */
  readonly before: number | null;
}

export interface AuditPage {
  readonly entries: readonly {
    readonly sequence: number;
    readonly hash: string;
    readonly loggedAtMs: number;
    /** `null`: its envelope does not open. */
    readonly event: AuditEvent | null;
  }[];
  /** Where the next page begins; `null` at the end. */
  readonly before: number | null;
}

export interface RestoreProgress {
  readonly state: "checking" | "restoring" | "done" | "refused";
  readonly manifest: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly chunks: { readonly done: number; readonly of: number };
  readonly payments: {
    readonly restored: number;
    readonly known: number;
    readonly conflicts: number;
    readonly failed: number;
  };
  /** Which file was refused, and why. */
  readonly fault: { readonly file: string; readonly reason: string } | null;
}

export interface HttpDeps extends RiskPorts {
  readonly nowMs: Clock;
  readonly log: Log;
  readonly version: string;
  readonly urlPolicy: UrlPolicy;
  readonly newRequestId: () => string;
  readonly findKey: SignatureOptions["findKey"];
  readonly admit: (
    arrival: Arrival,
    afterAnswer: (work: Promise<void>) => void,
  ) => Promise<AdmitAnswer>;
  /** Addresses whose signatures were refused. */
  readonly addresses: {
    /** Counts one refusal; nothing is known of a caller without an address. */
    refused(address: string | null, afterAnswer: (work: Promise<void>) => void): Noted | undefined;
    status(address: string | null): RateStatus;
  };
  readonly refusals: RefusalCounter;
  /** A merchant's API keys. */
  readonly apiKeys: {
    create(
      merchantId: MerchantId,
      order: ApiKeyOrder,
      by: ChangedBy,
    ): Promise<Result<MadeKey, "too_many">>;
    list(merchantId: MerchantId): Promise<ApiKeyRecord[]>;
    rotate(
      merchantId: MerchantId,
      rotation: { readonly id: string; readonly overlapMs: number },
      by: ChangedBy,
    ): Promise<
      Result<
        MadeKey & { readonly predecessor: ApiKeyRecord },
        "not_found" | "not_active" | "too_many"
      >
    >;
    revoke(
      merchantId: MerchantId,
      id: string,
      by: ChangedBy,
    ): Promise<Result<ApiKeyRecord, "not_found" | "not_told">>;
  };
  /** A merchant's configuration and credentials. */
  readonly settings: {
    config(merchantId: MerchantId, version?: number): Promise<ConfigVersion | null>;
    history(merchantId: MerchantId, before?: number): Promise<ConfigPage>;
    putConfig(
      merchantId: MerchantId,
      order: ConfigOrder,
    ): Promise<Result<ConfigVersion, ConfigRefusal>>;
    rollBackConfig(
      merchantId: MerchantId,
      order: RollbackOrder,
    ): Promise<Result<ConfigVersion, ConfigRefusal>>;
    credentials(merchantId: MerchantId): Promise<CredentialView[]>;
    putCredential(
      merchantId: MerchantId,
      order: CredentialOrder,
    ): Promise<Result<CredentialView, "too_many">>;
  };
  /** How much is under way in this isolate. */
  readonly load: Load;
  /** Origins that stand in some merchant's configuration. */
  readonly origins: () => Promise<ReadonlySet<string>>;
  /** Which providers may be given the payment, the first choice first. */
  readonly routeOf: (merchant: SignerMerchant, body: InitiateBody) => InitiateCommand["route"];
  readonly analytics: (merchantId: MerchantId, query: AnalyticsQuery) => Promise<Analytics>;
  readonly payments: {
    initiate(command: InitiateCommand): Promise<InitiateAnswer>;
    status(
      merchantId: MerchantId,
      merchantOrderId: MerchantOrderId,
      command: StatusCommand,
    ): Promise<StatusAnswer>;
    refund(command: AskRefundCommand): Promise<RefundAnswer>;
    refundStatus(
      merchantId: MerchantId,
      merchantOrderId: MerchantOrderId,
      query: { readonly merchantRefundId: string; readonly identity: RequestIdentity },
    ): Promise<RefundStatusAnswer>;
    webhook(merchantId: MerchantId, orderId: string, hint: WebhookHint): Promise<WebhookAnswer>;
    replayNotification(
      merchantId: MerchantId,
      merchantOrderId: MerchantOrderId,
      sequence: number,
    ): Promise<{ readonly replayed: boolean }>;
    /** The merchant order that a later attempt's provider order id belongs to. */
    ownerOfOrderId(merchantId: MerchantId, providerOrderId: string): Promise<string | null>;
  };
  /** Encrypted payloads (api.md 4). */
  readonly payloadKeys: {
    /** The set that `/.well-known/jwks.json` shows: public members only, what to encrypt to first (JOS-8). */
    jwks(): Promise<{ readonly keys: readonly object[] }>;
    /** The text of a request that was encrypted to one of those keys; one refusal for every cause (JOS-6). */
    open(token: string): Promise<Result<Uint8Array, "jwe_invalid">>;
    /** An answer, encrypted to the merchant's registered key; `undefined` when it has none. */
    seal(merchant: SignerMerchant, answer: Uint8Array): Promise<string | undefined>;
  };
  /** What is kept of a merchant's customer, who goes by a hash of the merchant's id. */
  readonly customers: {
    /** A page of it: the payments after one of them. */
    export(
      merchantId: MerchantId,
      customer: string,
      asked: { readonly after: string; readonly by: ChangedBy },
    ): Promise<CustomerPage>;
    erase(merchantId: MerchantId, customer: string, by: ChangedBy): Promise<Erasure>;
  };
  /** The merchant's audit log. */
  readonly audit: {
    /** Logs that it was read, and reads. Times are those of logging, in epoch ms, both ends included. */
    search(
      merchantId: MerchantId,
      query: AuditQuery,
      reader: {
        readonly keyId: string;
        readonly requestId: string;
        readonly address: string | null;
      },
    ): Promise<AuditPage>;
    /** What an offline verification trusts: public keys, and how far the log is sealed. */
    keys(merchantId: MerchantId): Promise<object>;
  };
  /** The gateway's own keys (api.md 7). */
  readonly keys: {
    rotate(
      names: readonly KeyName[],
      by: ChangedBy & { readonly merchantId: MerchantId },
    ): Promise<KeyVersions>;
    /** With the merchant's own keys. */
    inventory(merchantId: MerchantId): Promise<KeyInventory>;
  };
  readonly restore: {
    /** Whether the deployment was started to be restored into; it moves no money then. */
    readonly isOpen: boolean;
    allows(token: string): Promise<boolean>;
    begin(
      manifest: string | null,
    ): Promise<Result<RestoreProgress, "busy" | "not_empty" | "no_manifest">>;
    progress(): Promise<RestoreProgress | null>;
  };
  readonly selfTest: SelfTestApi;
  /** What can be shown of a framework's controls now, of all frameworks without one. */
  readonly complianceReport: (
    merchant: SignerMerchant,
    framework: FrameworkName | null,
  ) => Promise<ComplianceReport>;
  readonly residency: {
    /** Where payment data rests, looked at now. */
    report(): Promise<ResidencyReport>;
  };
  readonly security: SecurityPorts;
  readonly health: {
    readonly sleep: (ms: number) => Promise<void>;
    /** Whether this isolate knows of something that does not work; costs nothing. */
    isDegraded(): boolean;
    checksOf(merchantId: MerchantId): Promise<readonly HealthCheck[]>;
  };
  readonly webhooks: {
    /** Whose credentials a webhook carries, and by which scheme. */
    authenticate(
      proof: { readonly headers: Headers; readonly rawBody: Uint8Array<ArrayBuffer> },
      path: {
        /** A provider's name in the path; without one it is PhonePe's. */
        readonly provider: string | undefined;
        readonly merchantId: MerchantId | undefined;
      },
    ): Promise<WebhookOrigin | undefined>;
    /** Whether a provider of this name sends webhooks to some merchant. */
    knows(provider: string): Promise<boolean>;
    /** Asks the provider about a payment of another system that a webhook named, and notes its word. */
    confirmUnmatched(
      origin: WebhookOrigin,
      webhook: { readonly eventKey: string; readonly orderId: string },
    ): Promise<void>;
    read(origin: WebhookOrigin, body: unknown): Result<ProviderWebhook, "fields_missing">;
  };
  readonly ledger: {
    keepUnmatched(
      merchantId: MerchantId,
      webhook: UnmatchedWebhook,
    ): Promise<{ readonly duplicate: boolean }>;
    unmatched(merchantId: MerchantId): Promise<UnmatchedWebhookRow[]>;
    /** Since when the merchant's webhooks are silent (epoch ms), or null. */
    silence(merchantId: MerchantId): Promise<number | null>;
    /** Notifications that wait for an operator. */
    parked(merchantId: MerchantId): Promise<ParkedRow[]>;
    unpark(merchantId: MerchantId, merchantOrderId: string, sequence: number): Promise<void>;
  };
}
