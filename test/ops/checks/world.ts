/** A deployment whose checks a test can break, one merchant a test. */
import { env } from "cloudflare:workers";
import * as z from "zod";
import type { Merchant } from "#vault";
import { type Bindings, configOf } from "../../../src/env.ts";
import type { HttpDeps } from "#http";
import { securityPorts, wireHttp } from "../../../src/wiring/index.ts";
import { TEST_BOOTSTRAP, testMerchant } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";

/** What a test puts in place of what the checks look at. */
export interface Instead {
  readonly ports?: Parameters<typeof securityPorts>[2];
  readonly deps?: Partial<HttpDeps>;
}

const razorpay = { keyId: "rzp_test_c", keySecret: "key-secret", webhookSecret: "hook-secret" };
const ids = Array.from({ length: 40 }, () => `sec-${crypto.randomUUID().slice(0, 12)}`);

function bindings(): Bindings {
  const bootstrap = JSON.parse(TEST_BOOTSTRAP);
  bootstrap.merchants.push(...ids.map((id) => testMerchant(id, { phonepe: undefined, razorpay })));
  const settings = { BOOTSTRAP: JSON.stringify(bootstrap) };
  return { ...env, ...settings };
}

const own = bindings();
let used = 0;

export function merchantOf(id: string): Merchant {
  const merchant = [...configOf(own).directory.merchants.values()].find((one) => one.id === id);
  if (!merchant) throw new Error(`no merchant ${id}`);
  return merchant;
}

/** One that no other test has used: Razorpay only, so that it needs no token. */
export function freshMerchant(): Merchant {
  used += 1;
  return merchantOf(ids[used] ?? "");
}

const statusSchema = z.looseObject({
  security_score: z.int(),
  checks: z.array(z.object({ id: z.string(), ok: z.boolean(), detail: z.string() })),
});

export async function look(merchant: Merchant, { ports = {}, deps = {} }: Instead = {}) {
  const all = { ...wireHttp(own), ...deps };
  const security = securityPorts(own, () => all, { nowMs: world.nowMs, ...ports });
  const status = statusSchema.parse(await security.status(merchant));
  const failed = status.checks.filter(({ ok }) => !ok);
  return { status, score: status.security_score, failed: failed.map(({ id }) => id) };
}
