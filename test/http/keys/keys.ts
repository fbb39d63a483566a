/** Steps that the tests of the gateway's own keys start with. */
import { expect } from "vitest";
import { ROUTE_DOCS } from "../../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS } from "../../../src/http/openapi/schema-table.ts";
import { call, type TestAnswer, type TestCall } from "../../support/call.ts";

const ROTATE = "/api/payments/rotate-keys";
const LIST = "/api/payments/keys";

/** The answer is one that the document promises. */
function asPromised(route: string, answer: TestAnswer): TestAnswer {
  const doc = ROUTE_DOCS[route];
  const promised = doc?.answers[answer.status];
  if (promised?.type === "json") {
    expect(ANSWER_SCHEMAS[promised.schema]().safeParse(answer.json).error).toBeUndefined();
  } else {
    expect(doc?.problems).toContain(answer.json["code"]);
  }
  return answer;
}

export const rotateKeys = async (body: unknown, more: Partial<TestCall> = {}) =>
  asPromised(`POST ${ROTATE}`, await call({ method: "POST", path: ROTATE, body, ...more }));

export const listKeys = async (more: Partial<TestCall> = {}) =>
  asPromised(`GET ${LIST}`, await call({ path: LIST, ...more }));

/** The versions as the inventory has them, by name. */
export async function versions(): Promise<Record<string, number>> {
  const { names } = (await listKeys()).json;
  const rows: { name: string; version: number }[] = Array.isArray(names) ? names : [];
  return Object.fromEntries(rows.map(({ name, version }) => [name, version]));
}
