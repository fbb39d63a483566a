/** The production Worker with secrets of its own; every binding comes from wrangler.toml. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import * as z from "zod";
import { ROOT } from "../dev/processes.ts";
import { bundleWorker } from "./bundle.ts";
import { type RunningWorker, runWorker } from "./runtime.ts";

/** A key's own limit (api.md 4) must not end a scenario, so the load is spread over several. */
const KEYS = 20;
const ENVIRONMENT = "production";

/** What is changed of wrangler's reading of the configuration; the rest is passed on as it is. */
const settingsSchema = z.looseObject({
  bindings: z.record(z.string(), z.unknown()),
  ratelimits: z
    .record(z.string(), z.object({ simple: z.object({ limit: z.int(), period: z.int() }) }))
    .default({}),
});
type RateLimits = z.infer<typeof settingsSchema>["ratelimits"];

export interface GatewayKey {
  readonly keyId: string;
  readonly secret: string;
}

export interface GatewayOptions {
  readonly directory: string;
  readonly providerUrl: string;
  readonly keys: readonly GatewayKey[];
}

export function makeKeys(): GatewayKey[] {
  return Array.from({ length: KEYS }, (_, index) => ({
    keyId: `ak_bench_${index}`,
    secret: randomBytes(32).toString("base64url"),
  }));
}

export async function startGateway(options: GatewayOptions): Promise<RunningWorker> {
  const { directory, providerUrl, keys } = options;
  const config = "wrangler.toml";
  const outdir = join(directory, "gateway");
  const bundle = bundleWorker({ config, environment: ENVIRONMENT, outdir, file: "index.js" });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${config}`, ENVIRONMENT);
  const { ratelimits, bindings, ...settings } = settingsSchema.parse(workerOptions);
  return runWorker({
    name: "gateway",
    modules: { "entry.js": entryWith(ratelimits), "index.js": bundle },
    settings: { ...settings, bindings: { ...bindings, ...variables(providerUrl, keys) } },
    stateDirectory: join(directory, "state"),
  });
}

function variables(providerUrl: string, keys: readonly GatewayKey[]): Record<string, string> {
  const merchant = {
    id: "bench",
    apiKeys: keys.map(({ keyId, secret }) => ({
      id: keyId,
      secret,
      scopes: ["payments:write", "payments:read"],
      tier: "enterprise",
    })),
    phonepe: {
      clientId: "BENCH",
      clientSecret: randomBytes(16).toString("hex"),
      clientVersion: 1,
      webhookUsername: "bench",
      webhookPassword: randomBytes(8).toString("hex"),
    },
  };
  return {
    PHONEPE_PG_URL: providerUrl,
    PHONEPE_OAUTH_URL: providerUrl,
    PHONEPE_V1_URL: providerUrl,
    BOOTSTRAP: JSON.stringify({ merchants: [merchant] }),
    MASTER_KEYS: JSON.stringify({
      current: "k1",
      keys: { k1: randomBytes(32).toString("base64") },
    }),
  };
}

/**
 * Counters in memory in place of wrangler.toml's rate limits. Cloudflare counts in the memory of the machine that the
 * Worker runs on; Miniflare's simulator asks an object with SQLite, and that costs five hellos. They are put
 * into `env` itself: a copy would be another environment, and the gateway reads its configuration once for each.
 */
function entryWith(ratelimits: RateLimits): string {
  const limits = Object.entries(ratelimits).map(([name, { simple }]) => [name, simple]);
  return `
import worker from "./index.js";
export * from "./index.js";

const LIMITS = ${JSON.stringify(limits)};
const counters = Object.fromEntries(LIMITS.map(([name, simple]) => [name, counterFor(simple)]));
const ready = new WeakSet();

function counterFor({ limit, period }) {
  let counts = new Map();
  let window = 0;
  return {
    async limit({ key }) {
      const now = Math.floor(Date.now() / (period * 1000));
      if (now !== window) [window, counts] = [now, new Map()];
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= limit };
    },
  };
}

export default {
  ...worker,
  fetch(request, env, ctx) {
    if (!ready.has(env)) ready.add(Object.assign(env, counters));
    return worker.fetch(request, env, ctx);
  },
};
`;
}
