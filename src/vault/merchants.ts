/** Merchants as the gateway works with them, read from their written form. */
import * as z from "zod";
import { type Cidr, cidrsOf, formatCidr, type MerchantId, once } from "#base";
import {
  type ConfigForm,
  type CredentialsForm,
  type MerchantForm,
  merchantForm,
  type Scope,
  type Tier,
} from "./merchant-forms.ts";

/** The `BOOTSTRAP` secret (api.md 8). Unknown fields are ignored. */
const bootstrapSchema = once(() => z.object({ merchants: z.array(merchantForm()) }));

type MerchantConfig = Omit<ConfigForm, "allowIps" | "origins"> & {
  readonly allowIps?: readonly Cidr[] | undefined;
  readonly origins: ReadonlySet<string>;
};

/** A section with its list of addresses read. */
type WithCidrs<Form, Name extends keyof Form> = Omit<Form, Name> & {
  readonly [Key in Name]?: readonly Cidr[] | undefined;
};
export type PhonePeCredentials = WithCidrs<NonNullable<CredentialsForm["phonepe"]>, "webhookIps">;
export type RazorpayCredentials = WithCidrs<NonNullable<CredentialsForm["razorpay"]>, "webhookIps">;
type HmacWebhook = WithCidrs<CredentialsForm["webhooks"][number], "allowIps">;

type MerchantCredentials = Omit<CredentialsForm, "phonepe" | "razorpay" | "webhooks"> & {
  readonly phonepe?: PhonePeCredentials | undefined;
  readonly razorpay?: RazorpayCredentials | undefined;
  readonly webhooks: readonly HmacWebhook[];
};

type ApiKeyEntry = WithCidrs<MerchantForm["apiKeys"][number], "allowIps">;

export type Merchant = MerchantConfig &
  MerchantCredentials & {
    readonly id: MerchantId;
    /** The keys of `BOOTSTRAP`. */
    readonly apiKeys: readonly ApiKeyEntry[];
    /** Which version of its configuration this is; 0 for that of `BOOTSTRAP`. */
    readonly configVersion: number;
  };

/** At most `quota` calls in any `windowSec`, and of these at most `burst.quota` in any `burst.windowSec`. */
export type QuotaSetting = NonNullable<ConfigForm["limits"]["read"]>;

export interface ApiKey {
  readonly id: string;
  readonly secret: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly tier: Tier;
  readonly revoked: boolean;
  readonly allowIps?: readonly Cidr[] | undefined;
  readonly merchant: Merchant;
}

/** All merchants of this deployment, looked up in a map: an id from a request is never a property name. */
export type Merchants = ReadonlyMap<MerchantId, Merchant>;

/** What stands in `BOOTSTRAP`. */
export interface Directory {
  readonly merchants: Merchants;
  readonly apiKeys: ReadonlyMap<string, ApiKey>;
}

/**
 * Reads the `BOOTSTRAP` secret. Throws with the path of the fault, never with a value of the secret: a
 * deployment whose configuration is broken must not answer at all.
 */
export function parseDirectory(bootstrap: string): Directory {
  const parsed = bootstrapSchema().safeParse(parseJson(bootstrap));
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${reason(issue)}`);
    throw new Error(`BOOTSTRAP is not valid: ${places.join("; ")}`);
  }
  const merchants = new Map<MerchantId, Merchant>();
  const apiKeys = new Map<string, ApiKey>();
  for (const form of parsed.data.merchants) {
    if (merchants.has(form.id)) throw new Error(`BOOTSTRAP names merchant ${form.id} twice`);
    const merchant = merchantOf(form);
    merchants.set(merchant.id, merchant);
    for (const key of merchant.apiKeys) {
      if (apiKeys.has(key.id)) throw new Error(`BOOTSTRAP names API key ${key.id} twice`);
      apiKeys.set(key.id, { ...key, scopes: new Set(key.scopes), merchant });
    }
  }
  return { merchants, apiKeys };
}

function merchantOf(form: MerchantForm): Merchant {
  return {
    id: form.id,
    apiKeys: form.apiKeys.map((key) => ({ ...key, allowIps: cidrs(key.allowIps) })),
    configVersion: 0,
    ...configOfForm(form),
    ...credentialsOfForm(form),
  };
}

/** A configuration to work with. All fields are named, so that it covers another one whole. */
export function configOfForm(form: ConfigForm): MerchantConfig {
  return {
    notifyUrl: form.notifyUrl,
    origins: new Set(form.origins),
    allowIps: cidrs(form.allowIps),
    routing: form.routing,
    limits: form.limits,
    jwk: form.jwk,
    requireEncryption: form.requireEncryption,
    risk: form.risk,
  };
}

/** The configuration of a merchant as it is written; what is not set is left out. */
export function formOfConfig(merchant: Merchant): ConfigForm {
  const { notifyUrl, origins, allowIps, routing, limits, jwk, requireEncryption, risk } = merchant;
  return {
    ...(notifyUrl === undefined ? {} : { notifyUrl }),
    origins: [...origins],
    ...(allowIps === undefined ? {} : { allowIps: allowIps.map(formatCidr) }),
    ...(routing === undefined ? {} : { routing }),
    limits,
    ...(jwk === undefined ? {} : { jwk }),
    requireEncryption,
    risk,
  };
}

/** Credentials to work with. */
export function credentialsOfForm(form: CredentialsForm): MerchantCredentials {
  const { phonepe, razorpay, webhooks, notifySecret, notifySecretPrevious } = form;
  return {
    phonepe: phonepe && { ...phonepe, webhookIps: cidrs(phonepe.webhookIps) },
    razorpay: razorpay && { ...razorpay, webhookIps: cidrs(razorpay.webhookIps) },
    webhooks: webhooks.map((webhook) => ({ ...webhook, allowIps: cidrs(webhook.allowIps) })),
    notifySecret,
    notifySecretPrevious,
  };
}

function cidrs(texts: readonly string[] | undefined): readonly Cidr[] | undefined {
  return texts && cidrsOf(...texts);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which is a secret: say only that it does not parse.
    throw new Error("BOOTSTRAP is not valid JSON");
  }
}

/**
 * A tier's name is no secret and the operator needs to see it (api.md 4); other values stay unsaid. Rules of our own
 * say what is wrong without quoting.
 */
function reason(issue: z.core.$ZodIssue): string {
  const sayable = issue.path.at(-1) === "tier" || issue.code === "custom";
  return sayable ? issue.message : issue.code;
}
