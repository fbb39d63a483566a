import { type Cidr, cidrsContain } from "#base";

/**
 * Whether a caller may come from its address: every list that is set must hold it, the merchant's as well as the key's.
 * Without any list all may come; with one, an address that is absent or unreadable may not.
 */
export function isAllowedAddress(
  clientAddress: string | null,
  ...allowLists: readonly (readonly Cidr[] | undefined)[]
): boolean {
  return allowLists.every((list) => list === undefined || cidrsContain(list, clientAddress ?? ""));
}
