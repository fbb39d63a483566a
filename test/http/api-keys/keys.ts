/** Steps that the tests of the API keys' endpoints start with. */
import { expect } from "vitest";
import { ROUTE_DOCS } from "../../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS } from "../../../src/http/openapi/schema-table.ts";
import { call, freshId, type TestAnswer, type TestCall } from "../../support/call.ts";

const API_KEYS = "/api/payments/api-keys";
export type KeyPair = NonNullable<TestCall["key"]>;

/** A call to one of the endpoints, whose answer is one that the document promises. */
async function ask(request: TestCall): Promise<TestAnswer> {
  const answer = await call(request);
  const method = request.method ?? (request.body === undefined ? "GET" : "POST");
  const route = `${method} ${request.path.replace(/(api-keys\/)[^/]+/, "$1:id")}`;
  const doc = ROUTE_DOCS[route];
  if (answer.status < 300) {
    const promised = doc?.answers[answer.status];
    const schema = promised?.type === "json" ? promised.schema : "Problem";
    expect(ANSWER_SCHEMAS[schema]().safeParse(answer.json).error).toBeUndefined();
  } else {
    expect(doc?.problems).toContain(answer.json["code"]);
  }
  return answer;
}

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
