/** One merchant for each scenario, so that clocks, tokens and faults of one never meet another's. */
import { randomBytes } from "node:crypto";
import type { Scenario } from "./scenarios.ts";

const word = (bytes: number) => randomBytes(bytes).toString("base64url");

export interface ChaosMerchant {
  readonly id: string;
  readonly apiKey: { readonly keyId: string; readonly secret: string };
  readonly phonepe: {
    readonly merchantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly clientVersion: number;
    readonly webhookUsername: string;
    readonly webhookPassword: string;
  };
  readonly notifySecret: string;
  /** What nobody may ever find in a log (I10). */
  readonly customer: { readonly id: string; readonly phone: string; readonly email: string };
}

export function merchantFor({ id }: Scenario): ChaosMerchant {
  const digits = String(randomBytes(6).readUIntBE(0, 6)).padStart(9, "0").slice(0, 9);
  return {
    id,
    apiKey: { keyId: `ak_${id}`, secret: word(24) },
    phonepe: {
      merchantId: id,
      clientId: `client_${id}`,
      clientSecret: word(24),
      clientVersion: 1,
      webhookUsername: `hook_${id}`,
      webhookPassword: `pw${randomBytes(8).toString("hex")}`,
    },
    notifySecret: `whsec_${randomBytes(32).toString("base64")}`,
    customer: { id: `cust_${id}`, phone: `9${digits}`, email: `payer.${word(6)}@mail.example` },
  };
}

const SCOPES = ["payments:write", "payments:read", "refunds:write", "admin"];

export function bootstrapOf(merchants: readonly ChaosMerchant[], notifyBase: string): string {
  return JSON.stringify({
    merchants: merchants.map(({ id, apiKey, phonepe, notifySecret }) => ({
      id,
      apiKeys: [{ id: apiKey.keyId, secret: apiKey.secret, scopes: SCOPES, tier: "enterprise" }],
      phonepe,
      notifyUrl: `${notifyBase}/${id}`,
      notifySecret,
    })),
  });
}
