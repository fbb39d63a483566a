/** Steps that the tests of the API keys' endpoints start with. */
import { expect } from "vitest";
import { call, freshId, type TestAnswer, type TestCall } from "../../support/call.ts";
import { callAsPromised } from "../as-promised.ts";

const API_KEYS = "/api/payments/api-keys";
export type KeyPair = NonNullable<TestCall["key"]>;

/** A call to one of the endpoints. */
const ask = (request: TestCall): Promise<TestAnswer> =>
  callAsPromised(request.path.replace(/(api-keys\/)[^/]+/, "$1:id"), request);

export const create = (body?: unknown, more: Partial<TestCall> = {}) =>
  ask({ method: "POST", path: API_KEYS, ...(body === undefined ? {} : { body }), ...more });

export const rotate = (id: string, body?: unknown, more: Partial<TestCall> = {}) =>
  ask({
    method: "POST",
    path: `${API_KEYS}/${id}/rotate`,
    ...(body === undefined ? {} : { body }),
    ...more,
  });

export const revoke = (id: string, more: Partial<TestCall> = {}) =>
  ask({ method: "POST", path: `${API_KEYS}/${id}/revoke`, ...more });

export const list = (more: Partial<TestCall> = {}) => ask({ path: API_KEYS, ...more });

/** The pair that a 201 shows. */
export function pairOf(answer: TestAnswer): KeyPair {
  expect(answer.status).toBe(201);
  return { keyId: String(answer.json["id"]), secret: String(answer.json["secret"]) };
}

export const newKey = async (body?: unknown): Promise<KeyPair> => pairOf(await create(body));

/** What a read signed with the key is told. `payment_not_found` means that the key was let in. */
export async function told(key: KeyPair, more: Partial<TestCall> = {}): Promise<unknown> {
  const answer = await call({ path: `/api/payments/status/${freshId()}`, key, ...more });
  return answer.json["code"];
}
export const LET_IN = "payment_not_found";

/** The list's entry of a key. */
export async function listed(id: string): Promise<unknown> {
  const { apiKeys } = (await list()).json;
  const all: unknown[] = Array.isArray(apiKeys) ? apiKeys : [];
  return all.find((entry) => expect.objectContaining({ id }).asymmetricMatch(entry));
}
