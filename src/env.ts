/**
 * The worker's environment: bindings, and variables and secrets as one frozen configuration. Parsed once per
 * isolate; a bad value stops the worker, and the error names the place, never the value (style.md 8).
 */
import * as z from "zod";
import type { AuditObjectBase } from "#audit-objects";
import { DAY_MS, once } from "#base";
import type { CustomerObjectBase } from "#customers";
import type { GateObjectBase, RefusalObjectBase } from "#door";
import type { LedgerObjectBase } from "#events";
import type { BackupObjectBase, SelfTestObjectBase } from "#ops-objects";
import type { ClaimObject, PaymentObjectBase } from "#payments";
import type { BreakerObjectBase, TokenObjectBase } from "#providers";
import type { ProfileObjectBase } from "#risk-objects";
import { parseResidency, RESIDENT_LIVE_MS, type ResidencySettings } from "#residency";
import {
  type Directory,
  type Keyring,
  parseDirectory,
  parseKeyring,
  webhookProvidersOf,
} from "#vault";
import type { KeyRegistryObjectBase, PayloadKeyObjectBase, VaultObjectBase } from "#vault-objects";
import { clock } from "./platform.ts";
import { generationSource } from "./wiring/generations.ts";

const envSchema = once(() =>
  z.object({
    ENVIRONMENT: z.enum(["development", "production"]),
    PHONEPE_PG_URL: z.url(),
    PHONEPE_OAUTH_URL: z.url(),
    PHONEPE_CHECKOUT_SCRIPT_URL: z.url(),
    PHONEPE_V1_URL: z.url(),
    RAZORPAY_URL: z.url(),
    // Refunds of UPI and cards are taken for half a year; below that the archive would be woken again and again.
    RETENTION_LIVE_DAYS: z.coerce.number().int().min(1).max(2_000).default(180),
    // How long a payment waits for the profiles of its payer.
    RISK_BUDGET_MS: z.coerce.number().int().min(0).max(5_000).default(25),
    MASTER_KEYS: z.string(),
    RESTORE_TOKEN: z.string().min(32).optional(),
    BOOTSTRAP: z.string(),
    RESIDENCY: z.string().optional(),
  }),
);

/** The bindings of `wrangler.toml`. */
export interface Bindings {
  readonly TOKENS: KVNamespace;
  readonly GATES: DurableObjectNamespace<GateObjectBase<Bindings>>;
  readonly PAYMENTS: DurableObjectNamespace<PaymentObjectBase<Bindings>>;
  readonly CLAIMS: DurableObjectNamespace<ClaimObject>;
  readonly PHONEPE_TOKENS: DurableObjectNamespace<TokenObjectBase<Bindings>>;
  readonly BREAKERS: DurableObjectNamespace<BreakerObjectBase<Bindings>>;
  readonly VAULTS: DurableObjectNamespace<VaultObjectBase<Bindings>>;
  readonly REFUSALS: DurableObjectNamespace<RefusalObjectBase<Bindings>>;
  /** Adds up, per place, the signatures that were refused to an address. */
  readonly REFUSED_ADDRESSES: RateLimit;
  readonly LEDGERS: DurableObjectNamespace<LedgerObjectBase<Bindings>>;
  /** Payments at rest, one sealed record each. */
  readonly ARCHIVE: R2Bucket;
  readonly CUSTOMERS: DurableObjectNamespace<CustomerObjectBase<Bindings>>;
  readonly PROFILES: DurableObjectNamespace<ProfileObjectBase<Bindings>>;
  readonly AUDITS: DurableObjectNamespace<AuditObjectBase<Bindings>>;
  /** Sealed segments of audit logs; written once, never changed. */
  readonly AUDIT_SEGMENTS: R2Bucket;
  readonly KEY_REGISTRY: DurableObjectNamespace<KeyRegistryObjectBase<Bindings>>;
  readonly PAYLOAD_KEYS: DurableObjectNamespace<PayloadKeyObjectBase<Bindings>>;
  readonly BACKUP_JOBS: DurableObjectNamespace<BackupObjectBase<Bindings>>;
  readonly BACKUPS: R2Bucket;
  readonly SELF_TESTS: DurableObjectNamespace<SelfTestObjectBase<Bindings>>;
}

export interface Config {
  readonly environment: "development" | "production";
  readonly pgUrl: string;
  readonly oauthUrl: string;
  readonly checkoutScriptUrl: string;
  readonly v1Url: string;
  readonly razorpayUrl: string;
  /** How long a payment at rest stays in its own object. */
  readonly retentionLiveMs: number;
  /** How long a payment waits for what is known of its payer; then it is scored without. */
  readonly riskBudgetMs: number;
  readonly directory: Directory;
  /** Providers beside PhonePe that send webhooks to some merchant. */
  readonly webhookProviders: ReadonlySet<string>;
  readonly keyring: Keyring;
  /** Set while the deployment may be restored into; it moves no money then. */
  readonly restoreToken: string | undefined;
  /** Where in India records rest; without it they rest in R2. */
  readonly residency: ResidencySettings | undefined;
}

let parsedFrom: object | undefined;
let parsed: Config | undefined;

export function configOf(env: Bindings): Config {
  if (parsed && parsedFrom === env) return parsed;
  const result = envSchema().safeParse(env);
  if (!result.success) {
    const names = result.error.issues.map((issue) => issue.path.join("."));
    throw new Error(`configuration is missing or not valid: ${names.join(", ")}`);
  }
  const values = result.data;
  const directory = parseDirectory(values.BOOTSTRAP);
  const residency = values.RESIDENCY === undefined ? undefined : parseResidency(values.RESIDENCY);
  parsed = {
    environment: values.ENVIRONMENT,
    pgUrl: withoutSlash(values.PHONEPE_PG_URL),
    oauthUrl: withoutSlash(values.PHONEPE_OAUTH_URL),
    checkoutScriptUrl: values.PHONEPE_CHECKOUT_SCRIPT_URL,
    v1Url: withoutSlash(values.PHONEPE_V1_URL),
    razorpayUrl: withoutSlash(values.RAZORPAY_URL),
    retentionLiveMs: residency ? RESIDENT_LIVE_MS : values.RETENTION_LIVE_DAYS * DAY_MS,
    residency,
    riskBudgetMs: values.RISK_BUDGET_MS,
    directory,
    webhookProviders: webhookProvidersOf(directory),
    keyring: parseKeyring(values.MASTER_KEYS, {
      nowMs: clock,
      generations: generationSource(env),
    }),
    restoreToken: values.RESTORE_TOKEN,
  };
  parsedFrom = env;
  return parsed;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
