import { type ApiKey, parseDirectory } from "#vault";

/** A directory of one merchant with one key. */
export function oneKey(
  id: string,
  secret: string,
  options: { readonly revoked?: boolean } = {},
): ReadonlyMap<string, ApiKey> {
  const apiKey = { id, secret, scopes: ["payments:read"], revoked: options.revoked ?? false };
  const merchants = [{ id: "m", apiKeys: [apiKey] }];
  return parseDirectory(JSON.stringify({ merchants })).apiKeys;
}
