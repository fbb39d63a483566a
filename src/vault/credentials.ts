/**
 * Credentials by name, and what goes on being accepted of a replaced one: what a counterparty proves itself by to us, or
 * we to the merchant. What we prove ourselves by to a provider is not needed any more and is not kept.
 */
import * as z from "zod";
import { once, unreachable } from "#base";
import {
  type CredentialKind,
  credentialsForm,
  type PhonePePrevious,
  WEBHOOK_PROVIDER,
} from "./merchant-forms.ts";

export type CredentialName = Exclude<CredentialKind, "webhook"> | `webhook:${string}`;

const WEBHOOK = "webhook:";
/** Replaced values that are accepted at a time; the oldest gives way. */
const ACCEPTED_MAX = 8;

/** The name, when there is a credential of such a name (`phonepe`, `razorpay`, `notifications`, `webhook:<provider>`). */
export function credentialName(text: string): CredentialName | undefined {
  if (text === "phonepe" || text === "razorpay" || text === "notifications") return text;
  if (!text.startsWith(WEBHOOK)) return undefined;
  const provider = text.slice(WEBHOOK.length);
  const isOurs = provider === "phonepe" || provider === "razorpay";
  return WEBHOOK_PROVIDER.test(provider) && !isOurs ? `${WEBHOOK}${provider}` : undefined;
}

export function credentialKind(name: CredentialName): CredentialKind {
  switch (name) {
    case "phonepe":
    case "razorpay":
    case "notifications":
      return name;
    default:
      return "webhook";
  }
}

/** Credentials as they are read, from `BOOTSTRAP` or from the vault. */
export interface Credentials {
  readonly phonepe?: PhonePeSecrets | undefined;
  readonly razorpay?:
    | { readonly webhookSecret: string; readonly webhookSecretPrevious?: Texts | undefined }
    | undefined;
  readonly webhooks: readonly {
    readonly provider: string;
    readonly secret: string;
    readonly secretPrevious?: Texts | undefined;
  }[];
  readonly notifySecret?: string | undefined;
  readonly notifySecretPrevious?: Texts | undefined;
}
type Texts = readonly string[];

interface PhonePeSecrets {
  readonly webhookUsername: string;
  readonly webhookPassword: string;
  readonly webhookHmacSecret?: string | undefined;
  readonly saltKey?: string | undefined;
  readonly saltIndex?: number | undefined;
  readonly webhookPrevious?: readonly PhonePePrevious[] | undefined;
}

/** What is still accepted when one of them is replaced. */
export function acceptedOf(credentials: Credentials, name: CredentialName): unknown[] {
  const { phonepe, razorpay, webhooks, notifySecret, notifySecretPrevious = [] } = credentials;
  const kind = credentialKind(name);
  switch (kind) {
    case "phonepe":
      return phonepe ? [phonepePrevious(phonepe), ...(phonepe.webhookPrevious ?? [])] : [];
    case "razorpay":
      return razorpay ? [razorpay.webhookSecret, ...(razorpay.webhookSecretPrevious ?? [])] : [];
    case "notifications":
      return notifySecret === undefined ? [] : [notifySecret, ...notifySecretPrevious];
    case "webhook":
      return webhooks
        .filter(({ provider }) => provider === name.slice(WEBHOOK.length))
        .flatMap(({ secret, secretPrevious = [] }) => [secret, ...secretPrevious]);
    default:
      return unreachable(kind);
  }
}

/** The same of one that was sealed. */
export function acceptedOfValue(name: CredentialName, value: unknown): unknown[] {
  const copied = copiedCredentialSchema().parse({ name, value, accepted: [] });
  return acceptedOf(credentialsForm().parse(formOfCredentials([copied], 0)), name);
}

/** Their names. */
export function namesOf(credentials: Credentials): CredentialName[] {
  const { phonepe, razorpay, webhooks, notifySecret } = credentials;
  return [
    ...(phonepe ? ["phonepe" as const] : []),
    ...(razorpay ? ["razorpay" as const] : []),
    ...(notifySecret === undefined ? [] : ["notifications" as const]),
    ...webhooks.map(({ provider }) => `${WEBHOOK}${provider}` as const),
  ];
}

export const copiedCredentialSchema = once(() =>
  z.object({
    name: z.string(),
    value: z.record(z.string(), z.unknown()),
    /** What is accepted of replaced ones, newest first. */
    accepted: z.array(z.object({ value: z.unknown(), untilMs: z.int() })),
  }),
);
/** A credential as isolates get it. */
export type CopiedCredential = z.infer<ReturnType<typeof copiedCredentialSchema>>;

/** The credentials in the form of `BOOTSTRAP`, as they count now; not checked yet. */
export function formOfCredentials(credentials: readonly CopiedCredential[], nowMs: number) {
  const sections: Record<string, unknown> = {};
  const webhooks: unknown[] = [];
  for (const { name, value, accepted } of credentials) {
    const previous = accepted
      .filter(({ untilMs }) => nowMs < untilMs)
      .slice(0, ACCEPTED_MAX)
      .map((one) => one.value);
    if (name === "phonepe") sections["phonepe"] = { ...value, webhookPrevious: previous };
    else if (name === "razorpay")
      sections["razorpay"] = { ...value, webhookSecretPrevious: previous };
    else if (name === "notifications") {
      sections["notifySecret"] = value["secret"];
      sections["notifySecretPrevious"] = previous;
    } else {
      const provider = name.slice(WEBHOOK.length);
      webhooks.push({ ...value, provider, secretPrevious: previous });
    }
  }
  return { ...sections, webhooks };
}

function phonepePrevious(credentials: PhonePeSecrets): PhonePePrevious {
  const { webhookUsername, webhookPassword, webhookHmacSecret, saltKey, saltIndex } = credentials;
  return {
    username: webhookUsername,
    password: webhookPassword,
    hmacSecret: webhookHmacSecret,
    saltKey,
    saltIndex,
  };
}
