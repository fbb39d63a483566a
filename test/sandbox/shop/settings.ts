/** What the shop's server needs to know, read from the Worker's variables when it is first needed. */
import * as z from "zod";
import { type Client, createClient } from "#client";

const shopEnv = z.object({
  GATEWAY_URL: z.url({ protocol: /^https?$/ }),
  SHOP_KEY_ID: z.string().min(1),
  SHOP_KEY_SECRET: z.string().min(1),
});

export interface Settings {
  readonly client: Client;
  /** Signs cookies. Labelled, so that it is unlike any key that signs requests (DAY-3). */
  readonly cookieSecret: string;
}

/** Names the variables that are missing or malformed; never their values. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly variables: readonly string[];

  constructor(variables: readonly string[]) {
    super(`Missing or malformed: ${variables.join(", ")}`);
    this.variables = variables;
  }
}

/** @throws {SettingsError} */
export function readSettings(env: unknown): Settings {
  const parsed = shopEnv.safeParse(env);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => String(path[0]));
    throw new SettingsError([...new Set(names)]);
  }
  const { GATEWAY_URL, SHOP_KEY_ID, SHOP_KEY_SECRET } = parsed.data;
  return {
    client: createClient({ baseUrl: GATEWAY_URL, keyId: SHOP_KEY_ID, secret: SHOP_KEY_SECRET }),
    cookieSecret: `shop-cookie/${SHOP_KEY_SECRET}`,
  };
}
