/** Gateway and sandbox as separate processes over real HTTP, as `npm run dev` runs them, on free ports. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type Client, signRequest } from "#client";
import type { JWK } from "jose";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { freshSecrets, sandboxSecrets } from "../dev/dev-vars.ts";
import { freePort, startWorker, type Worker } from "../dev/processes.ts";
import { startSandbox, stopAndForget, varArgs } from "./sandbox-process.ts";

/** What a test needs to reach a running stack; plain data, so that it can be handed from process to process. */
export interface StackAddress {
  readonly gateway: string;
  readonly sandbox: string;
  readonly keys: Readonly<Record<"shop" | "operator" | "other", KeyPair>>;
  readonly webhook: { readonly username: string; readonly password: string };
  /** Opens answers that were encrypted to the demo merchant. */
  readonly privateJwk: JWK;
  /** The demo merchant's credentials at PhonePe. */
  readonly phonepe: {
    readonly merchantId: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly saltKey: string;
    readonly saltIndex: number;
  };
  /** The demo merchant's account at Razorpay. */
  readonly razorpay: RazorpayAccount;
}

interface RazorpayAccount {
  readonly keyId: string;
  readonly keySecret: string;
  readonly webhookSecret: string;
}

interface KeyPair {
  readonly keyId: string;
  readonly secret: string;
}

export interface Stack {
  readonly address: StackAddress;
  /** What the gateway was given. */
  readonly secrets: Secrets;
  /** Where the gateway keeps its objects, KV and buckets. */
  readonly stateDir: string;
  /** What the gateway has printed since it was started. */
  readonly logs: () => string;
  /** Ends the gateway and starts it again on the same state, or what is made of it meanwhile, with more variables. */
  readonly restartGateway: (more?: Restart) => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Restart {
  readonly meanwhile?: () => Promise<void>;
  readonly vars?: Readonly<Record<string, string>>;
}

interface Secrets {
  readonly MASTER_KEYS: string;
  readonly BOOTSTRAP: string;
}

export interface StackOptions {
  /** Where the demo merchant is told (api.md 6). */
  readonly notifyUrl?: string;
  readonly notifySecret?: string;
  /** Whether and when Razorpay is used (docs/deploy.md). */
  readonly routing?: object;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const [gatewayPort, sandboxPort] = [await freePort(), await freePort()];
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  const { secrets, ...known } = stackSecrets(options);
  const { keys } = known;
  const demo = sandboxSecrets(secrets.BOOTSTRAP);
  const stateDir = await mkdtemp(join(tmpdir(), "foolproof-gateway-"));
  const startGateway = (more: Readonly<Record<string, string>> = {}) =>
    startWorker({
      port: gatewayPort,
      args: [
        "--persist-to",
        stateDir,
        ...varArgs({ ...gatewayVars(sandboxPort, secrets), ...more }),
      ],
      readyPath: "/api/payments/health",
    });
  const [sandbox, first] = await Promise.all([
    startSandbox({
      merchant: JSON.parse(demo["SANDBOX_MERCHANT"] ?? "{}"),
      webhookUrl: `${gateway}/api/payments/webhook`,
      port: sandboxPort,
      vars: {
        GATEWAY_URL: gateway,
        SANDBOX_RAZORPAY: demo["SANDBOX_RAZORPAY"] ?? "",
        RAZORPAY_WEBHOOK_URL: `${gateway}/api/payments/webhook/razorpay`,
        SHOP_KEY_ID: keys.shop.keyId,
        SHOP_KEY_SECRET: keys.shop.secret,
      },
    }),
    startGateway(),
  ]);
  let worker: Worker = first;
  return {
    address: { gateway, sandbox: sandbox.origin, ...known },
    secrets,
    stateDir,
    logs: () => worker.output(),
    async restartGateway({ meanwhile, vars } = {}) {
      await worker.stop();
      await meanwhile?.();
      worker = await startGateway(vars);
    },
    async stop() {
      await Promise.all([sandbox.stop(), stopAndForget(worker, stateDir)]);
    },
  };
}

/** What a gateway is told of a sandbox on this machine. */
export function gatewayVars(sandboxPort: number, secrets: Secrets): Record<string, string> {
  const sandbox = `http://127.0.0.1:${sandboxPort}`;
  return {
    PHONEPE_PG_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_OAUTH_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_V1_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_CHECKOUT_SCRIPT_URL: `${sandbox}/web/bundle/checkout.js`,
    RAZORPAY_URL: `${sandbox}/razorpay`,
    ...secrets,
  };
}

/** Fresh secrets with a second merchant, who must see nothing of the first. */
export function stackSecrets(options: StackOptions) {
  const fresh = freshSecrets();
  const bootstrap = JSON.parse(fresh.BOOTSTRAP);
  const [demo] = bootstrap.merchants;
  // Tests send what a busy shop sends; limits have tests of their own.
  for (const key of demo.apiKeys) key.tier = "enterprise";
  const other = { keyId: "ak_other_01", secret: randomBytes(24).toString("hex") };
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  Object.assign(demo, options, { jwk: publicKey.export({ format: "jwk" }) });
  bootstrap.merchants.push({
    id: "other",
    apiKeys: [
      { id: other.keyId, secret: other.secret, scopes: demo.apiKeys[0].scopes, tier: "enterprise" },
    ],
  });
  const [shop, operator] = demo.apiKeys;
  return {
    secrets: { ...fresh, BOOTSTRAP: JSON.stringify(bootstrap) },
    keys: {
      shop: { keyId: String(shop.id), secret: String(shop.secret) },
      operator: { keyId: String(operator.id), secret: String(operator.secret) },
      other,
    },
    privateJwk: privateKey.export({ format: "jwk" }),
    webhook: {
      username: String(demo.phonepe.webhookUsername),
      password: String(demo.phonepe.webhookPassword),
    },
    phonepe: {
      merchantId: String(demo.phonepe.merchantId),
      clientId: String(demo.phonepe.clientId),
      clientSecret: String(demo.phonepe.clientSecret),
      saltKey: String(demo.phonepe.saltKey),
      saltIndex: Number(demo.phonepe.saltIndex),
    },
    razorpay: {
      keyId: String(demo.razorpay.keyId),
      keySecret: String(demo.razorpay.keySecret),
      webhookSecret: String(demo.razorpay.webhookSecret),
    },
  };
}

/** A client without retries: a test wants the first answer. */
export function clientOf(address: StackAddress, key: keyof StackAddress["keys"] = "shop"): Client {
  const { gateway: baseUrl, keys } = address;
  // Fifty payments at once take a busy machine some time.
  return createClient({ baseUrl, ...keys[key], retries: 0, timeoutMs: 60_000 });
}

/** An operator's signed call; its answer as it came. */
export async function operatorCall(
  { gateway, keys }: StackAddress,
  path: string,
  { method = "POST", content }: { readonly method?: string; readonly content?: object } = {},
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
  const body = content && new TextEncoder().encode(JSON.stringify(content));
  const sent = body ? { body, contentType: "application/json" } : {};
  const signed = await signRequest({ method, url: `${gateway}${path}`, ...sent }, keys.operator, {
    createdSec: Math.floor(Date.now() / 1_000),
  });
  const { headers } = signed;
  const response = await fetch(signed.url, { method, headers, ...(body ? { body } : {}) });
  return { status: response.status, json: JSON.parse(await response.text()) };
}
