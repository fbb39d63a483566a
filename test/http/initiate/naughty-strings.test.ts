import { beforeAll, describe, expect, it } from "vitest";
import { call, initiateBody } from "../../support/call.ts";
import { fromBase64 } from "../../support/raw-sign.ts";
import { initiateSchemaFor } from "../../../src/http/schemas.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE } from "../payments.ts";
import { change } from "../settings.ts";
import naughty from "../../vectors/naughty-strings.json" with { type: "json" };

const decoder = new TextDecoder();
const STRINGS = naughty.vectors.map(({ id, b64 }) => ({
  id,
  text: decoder.decode(fromBase64(b64)),
}));

const key = TEST_KEYS.beta;

// A new customer and device per string would make two objects more; what names them is a hash of any text.
beforeAll(() => change("beta", { risk: { mode: "off" } }, { key }));

describe("naughty strings", () => {
  it.each(STRINGS)(
    "ASV-15: string $id in every free text is taken or refused whole",
    async ({ text }) => {
      const body = initiateBody({
        message: text,
        metaInfo: { udf1: text },
        customer: { id: text },
        device: { userAgent: text, id: text, fingerprint: text },
      });
      const answer = await call({ path: INITIATE, body, key });
      expect(answer.status).toBe(text.length > 256 ? 422 : 201);
      if (answer.status === 422) return;
      const again = await call({ path: INITIATE, body, key });
      expect(again.status).toBe(200);
    },
  );

  it.each(STRINGS)("ASV-15: string $id in every narrow field is refused", ({ text }) => {
    const fields = {
      amount: text,
      currency: text,
      redirectUrl: text,
      expireAfter: text,
      preferredProvider: text,
      customer: { email: ` ${text}`, phone: text },
      device: { ip: text },
    };
    const parsed = initiateSchemaFor("development").safeParse(fields);
    const places = parsed.error?.issues.map((issue) => issue.path.join("."));
    expect(new Set(places)).toEqual(
      new Set([
        "amount",
        "currency",
        "redirectUrl",
        "expireAfter",
        "preferredProvider",
        "customer.email",
        "customer.phone",
        "device.ip",
      ]),
    );
  });

  it("ASV-15: a field with one of them for a name is unknown", () => {
    for (const { text } of STRINGS) {
      const parsed = initiateSchemaFor("development").safeParse(initiateBody({ [text]: 1 }));
      expect(parsed.success).toBe(false);
    }
  });
});

describe("odd texts", () => {
  it.each([
    ["a lone surrogate", "\ud800"],
    ["NUL", "a\u0000b"],
    ["line ends", "a\r\nset-cookie: x=1"],
    ["a paragraph separator", "\u2028"],
  ])("HDR-5: %s in a text never breaks an answer", async (_, text) => {
    const body = initiateBody({ message: text, customer: { id: text }, metaInfo: { udf1: text } });
    const answer = await call({ path: INITIATE, body });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect((await call({ path: INITIATE, body })).status).toBe(200);
  });
});
