/** Steps that the tests of the gateway's own keys start with. */
import type { TestCall } from "../../support/call.ts";
import { callAsPromised } from "../as-promised.ts";

const ROTATE = "/api/payments/rotate-keys";
const LIST = "/api/payments/keys";

export const rotateKeys = (body: unknown, more: Partial<TestCall> = {}) =>
  callAsPromised(ROTATE, { method: "POST", path: ROTATE, body, ...more });

export const listKeys = (more: Partial<TestCall> = {}) =>
  callAsPromised(LIST, { path: LIST, ...more });

/** The versions as the inventory has them, by name. */
export async function versions(): Promise<Record<string, number>> {
  const { names } = (await listKeys()).json;
  const rows: { name: string; version: number }[] = Array.isArray(names) ? names : [];
  return Object.fromEntries(rows.map(({ name, version }) => [name, version]));
}
