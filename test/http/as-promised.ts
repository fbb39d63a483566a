import { expect } from "vitest";
import { ROUTE_DOCS } from "../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS } from "../../src/http/openapi/schema-table.ts";
import { call, type TestAnswer, type TestCall } from "../support/call.ts";

/** A call whose answer is one that the document promises for its route; `path` is the router's, with its parameters. */
export async function callAsPromised(path: string, request: TestCall): Promise<TestAnswer> {
  const answer = await call(request);
  const method = request.method ?? (request.body === undefined ? "GET" : "POST");
  const doc = ROUTE_DOCS[`${method} ${path}`];
  const promised = doc?.answers[answer.status];
  if (answer.status < 300) {
    const schema = promised?.type === "json" ? promised.schema : "Problem";
    expect(ANSWER_SCHEMAS[schema]().safeParse(answer.json).error).toBeUndefined();
  } else {
    expect(doc?.problems).toContain(answer.json["code"]);
  }
  return answer;
}
