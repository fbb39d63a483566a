/** All that isolates need of one merchant's vault, in one sealed text, and what it makes of the merchant of `BOOTSTRAP`. */
import * as z from "zod";
import { cidrsOf, once, parseCidr } from "#base";
import { type CopiedCredential, copiedCredentialSchema, formOfCredentials } from "./credentials.ts";
import { credentialsForm, SCOPES, storedConfigForm, TIERS } from "./merchant-forms.ts";
import { type ApiKey, configOfForm, credentialsOfForm, type Merchant } from "./merchants.ts";

const copiedKeySchema = once(() =>
  z.object({
    id: z.string(),
    secret: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    tier: z.enum(TIERS),
    allowIps: z.array(z.string()).nullable(),
    /** From then on it is refused; 0 for a revoked key. */
    endsAtMs: z.int().nullable(),
  }),
);
/** A key that was made over the API. */
export type CopiedKey = z.infer<ReturnType<typeof copiedKeySchema>>;

const snapshotSchema = once(() =>
  z.object({
    /** Grows with every change of the vault. */
    revision: z.int().min(0),
    keys: z.array(copiedKeySchema()),
    /** `null` while that of `BOOTSTRAP` counts. */
    config: z.object({ version: z.int().min(1), content: storedConfigForm() }).nullable(),
    credentials: z.array(copiedCredentialSchema()),
  }),
);
export type MerchantSnapshot = z.infer<ReturnType<typeof snapshotSchema>>;

/** Reads an opened snapshot; `undefined` for one of another version's form. */
export function readSnapshot(text: string): MerchantSnapshot | undefined {
  const parsed = snapshotSchema().safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

interface KnownKey {
  readonly apiKey: ApiKey;
  readonly endsAtMs: number | null;
}

/** A merchant as it counts now, and the keys it may sign with. */
export interface Settled {
  readonly merchant: Merchant;
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** When a replaced value stops being accepted. */
  readonly untilMs: number;
}

/**
 * `BOOTSTRAP` is the beginning: the configuration of the vault covers it whole, a credential of the vault covers the one
 * of the same name, and what the vault does not hold stays. Keys of both are good.
 */
export function settle(base: Merchant, snapshot: MerchantSnapshot, nowMs: number): Settled {
  const { config, credentials, keys } = snapshot;
  const merchant: Merchant = {
    ...base,
    ...(config ? { ...configOfForm(config.content), configVersion: config.version } : undefined),
    ...(credentials.length === 0 ? undefined : settledCredentials(base, credentials, nowMs)),
  };
  const ends = credentials.flatMap(({ accepted }) => accepted.map(({ untilMs }) => untilMs));
  const made = keys.map((key): [string, KnownKey] => [
    key.id,
    { apiKey: apiKeyOf(key, merchant), endsAtMs: key.endsAtMs },
  ]);
  const configured = base.apiKeys.map((key): [string, KnownKey] => [
    key.id,
    { apiKey: { ...key, scopes: new Set(key.scopes), merchant }, endsAtMs: null },
  ]);
  return {
    merchant,
    keys: new Map([...made, ...configured]),
    untilMs: Math.min(Infinity, ...ends.filter((endMs) => endMs > nowMs)),
  };
}

function settledCredentials(
  base: Merchant,
  credentials: readonly CopiedCredential[],
  nowMs: number,
) {
  const form = credentialsForm().parse(formOfCredentials(credentials, nowMs));
  const held = credentialsOfForm(form);
  const named = new Set(held.webhooks.map(({ provider }) => provider));
  return {
    phonepe: held.phonepe ?? base.phonepe,
    razorpay: held.razorpay ?? base.razorpay,
    webhooks: [...base.webhooks.filter(({ provider }) => !named.has(provider)), ...held.webhooks],
    ...(held.notifySecret === undefined
      ? undefined
      : {
          notifySecret: held.notifySecret,
          notifySecretPrevious: held.notifySecretPrevious,
        }),
  };
}

function apiKeyOf(key: CopiedKey, merchant: Merchant): ApiKey {
  const { id, secret, tier, scopes, allowIps } = key;
  return {
    id,
    secret,
    tier,
    scopes: new Set(scopes),
    revoked: false,
    // Checked when the key was made; a rule that should not read any more matches nobody.
    allowIps:
      allowIps === null
        ? undefined
        : cidrsOf(...allowIps.filter((text) => parseCidr(text) !== undefined)),
    merchant,
  };
}
