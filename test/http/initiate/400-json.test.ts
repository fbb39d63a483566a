import { describe, expect, it } from "vitest";
import { call, freshId, initiateBody } from "../../support/call.ts";
import { fromBase64, signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { BASE, send } from "../../support/call.ts";
import { INITIATE, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";
import idempotencyKeys from "../../vectors/idempotency-key.json" with { type: "json" };
import jsonParsing from "../../vectors/json-parsing.json" with { type: "json" };

const encoder = new TextEncoder();
const orderText = (id: string, more = "") =>
  `{"merchantOrderId":"${id}","amount":49900,"redirectUrl":"https://shop.example/"${more}}`;

async function expectRefused(body: string | Uint8Array): Promise<void> {
  const before = seen();
  const answer = await call({ path: INITIATE, body });
  expectProblem(answer, "malformed_json", INITIATE);
  expect(seen()).toEqual(before);
}

describe("POST /api/payments/initiate 400 malformed_json", () => {
  it.each([
    ["at the top", (id: string) => orderText(id, ',"amount":49900')],
    ["with another value", (id: string) => orderText(id, ',"amount":100')],
    ["spelled with an escape", (id: string) => orderText(id, String.raw`,"\u0061mount":100`)],
    [
      "spelled with escapes alone",
      (id: string) => orderText(id, String.raw`,"\u0061\u006dount":1`),
    ],
    ["inside", (id: string) => orderText(id, ',"customer":{"id":"a","id":"b"}')],
    ["in a list's object", (id: string) => orderText(id, ',"x":[{"a":1},{"b":1,"b":2}]')],
    ["named __proto__", (id: string) => orderText(id, ',"__proto__":1,"__proto__":2')],
    ["with a blank before the colon", (id: string) => orderText(id, ',"amount" \n:100')],
  ])("api.md 2: a doubled key %s", async (_, text) => {
    const id = freshId();
    await expectRefused(text(id));
    expect((await call({ path: INITIATE, body: orderText(id) })).status).toBe(201);
  });

  it("api.md 2: equal keys of two objects, and keys inside texts, are no doubled keys", async () => {
    const text = orderText(
      freshId(),
      String.raw`,"customer":{"id":"{\"id\":1,\"id\":2}"},"device":{"id":"\\"}`,
    );
    expect((await call({ path: INITIATE, body: text })).status).toBe(201);
  });

  it("ASV-15: __proto__ is an unknown field, never a prototype", async () => {
    const answer = await call({
      path: INITIATE,
      body: orderText(freshId(), ',"__proto__":{"amount":100}'),
    });
    expectProblem(answer, "validation_failed");
  });

  it.each([
    ["a byte order mark", new Uint8Array([0xef, 0xbb, 0xbf, ...encoder.encode(orderText("x"))])],
    ["UTF-8 cut in a character", encoder.encode(orderText("x", ',"message":"₹')).slice(0, -1)],
    [
      "a lone continuation byte",
      new Uint8Array([...encoder.encode('{"message":"'), 0x80, 34, 125]),
    ],
    ["an overlong form", new Uint8Array([...encoder.encode('{"message":"'), 0xc0, 0xaf, 34, 125])],
    [
      "a surrogate as UTF-8",
      new Uint8Array([...encoder.encode('{"a":"'), 0xed, 0xa0, 0x80, 34, 125]),
    ],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])],
  ])("api.md 2: %s", async (_, body) => expectRefused(body));

  it.each([32, 33])("API-4: %i levels of nesting never reach a provider", async (depth) => {
    const answer = await call({
      path: INITIATE,
      body: orderText(freshId(), `,"x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}`),
    });
    expectProblem(answer, depth > 32 ? "malformed_json" : "validation_failed");
  });

  it("API-4: 60,000 open brackets are refused, nothing breaks", async () =>
    expectRefused("[".repeat(60_000)));
  it("API-4: 30,000 nested lists are refused, nothing breaks", async () =>
    expectRefused("[".repeat(30_000) + "]".repeat(30_000)));
});

describe("json-parsing vectors", () => {
  const small = jsonParsing.vectors.filter((vector) => vector.b64 !== "");

  it.each(small)("api.md 2: $id", async (vector) => {
    const before = seen();
    const answer = await call({ path: INITIATE, body: fromBase64(vector.b64) });
    // None of them is a request of ours: well-formed ones are refused by the schema.
    const wellFormed =
      vector.expect === "accept" || (vector.expect === "either" && answer.status === 422);
    expectProblem(answer, wellFormed ? "validation_failed" : "malformed_json", INITIATE);
    expect(seen()).toEqual(before);
  });

  it("api.md 2: an empty body is no JSON", async () => {
    const request = await signRaw({
      method: "POST",
      url: `${BASE}${INITIATE}`,
      key: TEST_KEYS.alpha,
      fields: [["content-type", "application/json"]],
    });
    expectProblem(await send(request), "malformed_json", INITIATE);
  });
});

describe("POST /api/payments/initiate 400 malformed_header", () => {
  const callWith = async (key: string, body: Record<string, unknown>) =>
    send(
      await signRaw({
        method: "POST",
        url: `${BASE}${INITIATE}`,
        key: TEST_KEYS.alpha,
        fields: [["idempotency-key", key]],
        body: new Uint8Array(encoder.encode(JSON.stringify(body))),
      }),
    );
  const sendable = idempotencyKeys.vectors.filter(({ value }) =>
    /^[\t\u0020-\u007e]*$/.test(value),
  );

  const named = (contract: string) => sendable.filter((vector) => vector.contract === contract);

  it.each(named("valid"))("IDM-5: key $value ($note) is taken", async (vector) => {
    expect((await callWith(vector.value, initiateBody())).status).toBe(201);
  });

  it.each(named("invalid"))("IDM-5: key $value ($note) is refused", async (vector) => {
    const body = initiateBody();
    const before = seen();
    expectProblem(await callWith(vector.value, body), "malformed_header", INITIATE);
    expect(seen()).toEqual(before);
    expect((await call({ path: INITIATE, body })).status).toBe(201);
  });

  it("IDM-5: a key beyond ASCII is refused", async () => {
    const before = seen();
    expect([400, 401]).toContain((await callWith("\u00e9", initiateBody())).status);
    expect(seen()).toEqual(before);
  });

  it('api.md 3: "x" and x are different keys', async () => {
    const id = freshId("k");
    expect((await callWith(id, initiateBody())).status).toBe(201);
    expect((await callWith(`"${id}"`, initiateBody())).status).toBe(201);
  });

  it("api.md 3: the header twice is a list", async () => {
    const request = await signRaw({
      method: "POST",
      url: `${BASE}${INITIATE}`,
      key: TEST_KEYS.alpha,
      fields: [
        ["idempotency-key", "a"],
        ["idempotency-key", "b"],
      ],
      body: new Uint8Array(encoder.encode(JSON.stringify(initiateBody()))),
    });
    expectProblem(await send(request), "malformed_header", INITIATE);
  });
});
