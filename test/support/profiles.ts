/** The profiles of a payer of merchant `alpha`, as the gateway names them. */
import { env } from "cloudflare:workers";
import { networkOf, sha256Hex } from "#base";
import { type KeyKind } from "#risk";
import { profileObjectName } from "#risk-objects";
import { keyedHash } from "#vault";
import { configOf } from "../../src/env.ts";

const hashOf = (...parts: string[]) =>
  keyedHash(configOf(env).keyring, "fingerprint", JSON.stringify(["alpha", ...parts]));
const stub = (kind: KeyKind, hash: string) =>
  env.PROFILES.getByName(profileObjectName(kind, "alpha", hash));

export async function customerProfile(customerId: string) {
  return stub("customer", await hashOf("customer", await sha256Hex(`customer/${customerId}`)));
}

export async function networkProfile(address: string) {
  return stub("network", await hashOf("network", networkOf(address) ?? ""));
}

export const merchantProfile = () => stub("merchant", "all");

/** What a profile says at one more payment. */
export async function viewOf(profile: ReturnType<typeof merchantProfile>, atMs: number) {
  return profile.observe({
    paymentHash: Math.trunc(Math.random() * 2 ** 32),
    atMs,
    amountPaisa: 1,
  });
}
