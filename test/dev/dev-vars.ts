/** The secrets of a development machine: made once, at random, never changed afterwards (api.md 8). */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEV_VARS = `${ROOT}.dev.vars`;
const SANDBOX_DEV_VARS = `${ROOT}test/sandbox/.dev.vars`;

export const SHOP_KEY_ID = "ak_test_01";

const word = (bytes: number) => randomBytes(bytes).toString("base64url");

/** Secrets for one merchant, `demo`, with a key for its shop and one for an operator. */
export function freshSecrets(): { MASTER_KEYS: string; BOOTSTRAP: string } {
  return {
    MASTER_KEYS: JSON.stringify({
      current: "k1",
      keys: { k1: randomBytes(32).toString("base64") },
    }),
    BOOTSTRAP: JSON.stringify({
      merchants: [
        {
          id: "demo",
          apiKeys: [
            {
              id: SHOP_KEY_ID,
              secret: word(32),
              scopes: ["payments:write", "payments:read", "refunds:write"],
              tier: "standard",
            },
            {
              id: "op_test_01",
              secret: word(32),
              scopes: ["security:read", "security:write", "admin"],
              tier: "standard",
            },
          ],
          phonepe: {
            merchantId: "DEMOMERCHANTUAT",
            clientId: "DEMOMERCHANTUAT_2611",
            clientSecret: word(24),
            clientVersion: 1,
            webhookUsername: "demo_hook",
            webhookPassword: `demo${randomBytes(6).toString("hex")}`,
            saltKey: word(24),
            saltIndex: 1,
          },
          razorpay: {
            keyId: `rzp_test_${randomBytes(7).toString("hex")}`,
            keySecret: word(18),
            webhookSecret: word(24),
          },
        },
      ],
    }),
  };
}

/** Makes `.dev.vars` when there is none; one that is there is never touched. */
export function ensureDevVars(): { readonly made: boolean } {
  if (existsSync(DEV_VARS)) return { made: false };
  writeFileSync(DEV_VARS, dotenv(freshSecrets()), { mode: 0o600 });
  return { made: true };
}

interface Bootstrap {
  readonly merchants: readonly {
    readonly id: string;
    readonly apiKeys: readonly { readonly id: string; readonly secret: string }[];
    readonly phonepe: Readonly<Record<string, string | number>>;
    readonly razorpay?: Readonly<Record<string, string>>;
  }[];
}

/** What the sandbox must know of the demo merchant: the providers' side of its credentials, and the shop's API key. */
export function sandboxSecrets(bootstrapText: string): Record<string, string> {
  const bootstrap: Bootstrap = JSON.parse(bootstrapText);
  const merchant = bootstrap.merchants[0];
  const shopKey = merchant?.apiKeys.find((key) => key.id === SHOP_KEY_ID) ?? merchant?.apiKeys[0];
  if (!merchant || !shopKey) throw new Error("BOOTSTRAP names no merchant with an API key");
  return {
    SANDBOX_MERCHANT: JSON.stringify(merchant.phonepe),
    // A file made before there was Razorpay has none of its keys.
    ...(merchant.razorpay ? { SANDBOX_RAZORPAY: JSON.stringify(merchant.razorpay) } : {}),
    SHOP_KEY_ID: shopKey.id,
    SHOP_KEY_SECRET: shopKey.secret,
  };
}

/** Gives the sandbox its half of the secrets that stand in `.dev.vars`. */
export function writeSandboxDevVars(): { readonly shopKeySecret: string } {
  const bootstrap = parseEnv(readFileSync(DEV_VARS, "utf8"))["BOOTSTRAP"];
  if (!bootstrap) throw new Error(".dev.vars holds no BOOTSTRAP");
  const secrets = sandboxSecrets(bootstrap);
  writeFileSync(SANDBOX_DEV_VARS, dotenv(secrets), { mode: 0o600 });
  return { shopKeySecret: secrets["SHOP_KEY_SECRET"] ?? "" };
}

function dotenv(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'`);
  return `# Made by npm run dev. Local secrets, at random: delete the file for new ones.\n${lines.join("\n")}\n`;
}
