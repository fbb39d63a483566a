import type { SignatureOptions } from "#door";
import { parseDirectory } from "#vault";

/** Finds the one key of one merchant. */
export function oneKey(
  id: string,
  secret: string,
  options: { readonly revoked?: boolean } = {},
): SignatureOptions["findKey"] {
  const apiKey = { id, secret, scopes: ["payments:read"], revoked: options.revoked ?? false };
  const merchants = [{ id: "m", apiKeys: [apiKey] }];
  const { apiKeys } = parseDirectory(JSON.stringify({ merchants }));
  return (keyId) => apiKeys.get(keyId);
}
