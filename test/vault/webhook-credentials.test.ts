import { describe, expect, it } from "vitest";
import { merchantIdSchema, utf8 } from "#base";
import { parseDirectory, webhookSender } from "#vault";
import { hmacHex } from "../../src/vault/webhook-credentials.ts";
import index from "../vectors/phonepe/index.json" with { type: "json" };
import rfc4231 from "../vectors/rfc4231-hmac.json" with { type: "json" };

const { webhookSha, webhookHmac, v1 } = index.testVectors;

const merchant = (id: string, phonepe: Record<string, unknown>) => ({
  id,
  apiKeys: [],
  phonepe: { clientId: "c", clientSecret: "s", clientVersion: 1, ...phonepe },
});
const sha = (webhookUsername: string, webhookPassword: string) => ({
  webhookUsername,
  webhookPassword,
});
const DIRECTORY = parseDirectory(
  JSON.stringify({
    merchants: [
      { id: "none", apiKeys: [] },
      merchant("official", sha("username", "password")),
      merchant("demo", sha(webhookSha.username, webhookSha.password)),
      merchant("twin", sha(webhookSha.username, webhookSha.password)),
      merchant("hmac", { ...sha("h", "h"), webhookHmacSecret: webhookHmac.secret }),
      merchant("salted", { ...sha("s", "s"), saltKey: v1.saltKey, saltIndex: v1.saltIndex }),
      merchant("moving", {
        ...sha("new", "new"),
        webhookPrevious: { username: "old", password: "old" },
      }),
      merchant("rekeyed", {
        ...sha("r", "r"),
        webhookHmacSecret: "next-hmac-secret",
        webhookPrevious: { hmacSecret: "last-hmac-secret" },
      }),
      merchant("half", { ...sha("half", "half"), webhookPrevious: { username: "lonely" } }),
      merchant("all", {
        ...sha("a", "a"),
        webhookHmacSecret: "hmac-of-all",
        saltKey: "salt-of-all",
        saltIndex: 3,
      }),
    ],
  }),
);
/** The vector of PhonePe's own tests (contract.md 6.2). */
const OFFICIAL = "bc842c31a9e54efe320d30d948be61291f3ceee4766e36ab25fa65243cd76e0e";
const DEMO = webhookSha.authorization;

const match = async (
  headers: Record<string, string>,
  options: { id?: string; body?: string } = {},
) => {
  const merchantId = options.id === undefined ? undefined : merchantIdSchema.parse(options.id);
  const proof = { headers: new Headers(headers), rawBody: utf8(options.body ?? "{}") };
  const sender = await webhookSender(DIRECTORY, proof, merchantId);
  return sender && [sender.merchant.id, sender.scheme];
};
const hexOf = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))).toHex();

describe("SHA mode", () => {
  it.each([
    ["PhonePe's own vector", OFFICIAL, "official"],
    ["the demo's vector", DEMO, "demo"],
    ["upper case", DEMO.toUpperCase(), "demo"],
    ["outer blanks", ` ${DEMO} `, "demo"],
  ])("contract.md 6.2: %s", async (_, authorization, expected) => {
    expect(await match({ authorization })).toEqual([expected, "phonepe_sha"]);
  });

  it.each([
    ["nothing", ""],
    ["one digit less", DEMO.slice(1)],
    ["one digit more", `${DEMO}0`],
    ["another last digit", `${DEMO.slice(0, -1)}4`],
    ["a scheme word", `SHA256 ${DEMO}`],
  ])("contract.md 6.2: %s is nobody's", async (_, authorization) => {
    expect(await match({ authorization })).toBeUndefined();
  });

  it.each([
    ["demo", "demo"],
    ["twin", "twin"],
    ["official", undefined],
    ["none", undefined],
    ["nobody", undefined],
  ])("api.md 5: named %s, the merchant is %s", async (id, expected) => {
    expect((await match({ authorization: DEMO }, { id }))?.[0]).toBe(expected);
  });

  it.each(["new:new", "old:old"])("PP-11: while a password moves %s holds", async (pair) => {
    expect(await match({ authorization: await hexOf(pair) })).toEqual(["moving", "phonepe_sha"]);
  });

  it("PP-11: names and passwords of two credentials do not mix", async () => {
    expect(await match({ authorization: await hexOf("new:old") })).toBeUndefined();
  });
});

describe("HMAC mode", () => {
  const { body, hex } = webhookHmac;

  it.each(["x-phonepe-checksum-signature", "phonepe-checksum-signature"])(
    "contract.md 6.2: the vector in %s",
    async (name) => {
      expect(await match({ [name]: hex }, { body })).toEqual(["hmac", "phonepe_hmac"]);
      expect(await match({ [name]: hex.toUpperCase() }, { body })).toEqual([
        "hmac",
        "phonepe_hmac",
      ]);
    },
  );

  it("contract.md 6.2: it covers every byte of the raw body", async () => {
    const headers = { "x-phonepe-checksum-signature": hex };
    expect(await match(headers, { body: `${body} ` })).toBeUndefined();
    expect(await match(headers, { body: body.replace("COMPLETED", "FAILED") })).toBeUndefined();
  });

  it.each([
    ["cut short", hex.slice(1)],
    ["longer", `${hex}0`],
    ["nothing", ""],
    ["base64", btoa(hex)],
    ["with a scheme word", `sha256=${hex}`],
  ])("contract.md 6.2: a checksum that is %s is nobody's", async (_, header) => {
    expect(await match({ "x-phonepe-checksum-signature": header }, { body })).toBeUndefined();
  });

  it.each(["next-hmac-secret", "last-hmac-secret"])(
    "PP-11: while a secret moves %s holds",
    async (secret) => {
      const header = await hmacHex("SHA-256", secret, utf8(body));
      const headers = { "x-phonepe-checksum-signature": header };
      expect(await match(headers, { body })).toEqual(["rekeyed", "phonepe_hmac"]);
    },
  );

  it("api.md 5: named another merchant, the vector is nobody's", async () => {
    const headers = { "x-phonepe-checksum-signature": hex };
    expect(await match(headers, { body, id: "hmac" })).toEqual(["hmac", "phonepe_hmac"]);
    expect(await match(headers, { body, id: "rekeyed" })).toBeUndefined();
    expect(await match(headers, { body, id: "official" })).toBeUndefined();
  });

  it("contract.md 6.2: an empty body is signed too", async () => {
    const header = await hmacHex("SHA-256", webhookHmac.secret, utf8(""));
    const headers = { "phonepe-checksum-signature": header };
    expect(await match(headers, { body: "" })).toEqual(["hmac", "phonepe_hmac"]);
  });

  it("contract.md 6.2: a right Authorization does not mend a wrong HMAC of its merchant", async () => {
    const headers = {
      "x-phonepe-checksum-signature": "0".repeat(64),
      authorization: await hexOf("h:h"),
    };
    expect(await match(headers, { body, id: "hmac" })).toBeUndefined();
  });
});

describe("v1", () => {
  const body = JSON.stringify({ response: v1.callbackBase64 });

  it("contract.md 6.8: the callback's vector", async () => {
    const headers = { "x-verify": v1.callbackXVerify };
    expect(await match(headers, { body })).toEqual(["salted", "phonepe_v1"]);
  });

  it.each([
    ["another index", v1.callbackXVerify.replace("###1", "###2"), body],
    ["no index", v1.callbackXVerify.replace("###1", ""), body],
    ["another response", v1.callbackXVerify, JSON.stringify({ response: v1.payBase64 })],
    ["no response", v1.callbackXVerify, "{}"],
    ["no JSON", v1.callbackXVerify, v1.callbackBase64],
    ["the checksum of another call", v1.payXVerify, body],
    ["nothing", "", body],
  ])("contract.md 6.8: with %s it is nobody's", async (_, header, sent) => {
    expect(await match({ "x-verify": header }, { body: sent })).toBeUndefined();
  });
});

describe("the strongest scheme that request and merchant share", () => {
  const body = JSON.stringify({ response: btoa("{}") });
  const rightSha = () => hexOf("a:a");
  const rightHmac = (of = body) => hmacHex("SHA-256", "hmac-of-all", utf8(of));
  const rightV1 = async () => `${await hexOf(`${btoa("{}")}salt-of-all`)}###3`;
  const WRONG = "0".repeat(64);

  it("contract.md 6.8: with three right headers v1 counts", async () => {
    const headers = {
      "x-verify": await rightV1(),
      "x-phonepe-checksum-signature": await rightHmac(),
      authorization: await rightSha(),
    };
    expect(await match(headers, { body })).toEqual(["all", "phonepe_v1"]);
  });

  it("contract.md 6.2: HMAC counts before SHA", async () => {
    const headers = {
      "x-phonepe-checksum-signature": await rightHmac(),
      authorization: WRONG,
    };
    expect(await match(headers, { body })).toEqual(["all", "phonepe_hmac"]);
  });

  it("contract.md 6.2: a wrong HMAC is not mended by the rest", async () => {
    const headers = {
      "x-phonepe-checksum-signature": WRONG,
      authorization: await rightSha(),
    };
    expect(await match(headers, { body })).toBeUndefined();
  });

  it("contract.md 6.2: a wrong checksum under the first name is not mended by the second", async () => {
    const headers = {
      "x-phonepe-checksum-signature": WRONG,
      "phonepe-checksum-signature": await rightHmac(),
    };
    expect(await match(headers, { body })).toBeUndefined();
  });

  it("contract.md 6.8: a wrong X-VERIFY is not mended by the rest", async () => {
    const headers = {
      "x-verify": `${WRONG}###3`,
      "x-phonepe-checksum-signature": await rightHmac(),
      authorization: await rightSha(),
    };
    expect(await match(headers, { body })).toBeUndefined();
  });

  it.each(["{}", "", "no JSON", "[]", '{"response":7}'])(
    "contract.md 6.8: over %j X-VERIFY holds never, whatever else does",
    async (of) => {
      const headers = {
        "x-phonepe-checksum-signature": await rightHmac(of),
        authorization: await rightSha(),
      };
      for (const header of ["", "###3", await rightV1()]) {
        expect(await match({ ...headers, "x-verify": header }, { body: of })).toBeUndefined();
      }
      expect(await match(headers, { body: of })).toEqual(["all", "phonepe_hmac"]);
    },
  );

  it("contract.md 6.2: headers of schemes that the merchant does not have are passed over", async () => {
    const headers = {
      "x-verify": "x",
      "x-phonepe-checksum-signature": WRONG,
      authorization: OFFICIAL,
    };
    expect(await match(headers, { body })).toEqual(["official", "phonepe_sha"]);
  });

  it.each(["lonely:", "lonely:undefined", ":", "undefined:undefined"])(
    "PP-11: half of a previous credential makes no credential: %j",
    async (pair) => {
      expect(await match({ authorization: await hexOf(pair) })).toBeUndefined();
    },
  );

  it("api.md 5: without any header it is nobody's", async () => {
    expect(await match({})).toBeUndefined();
    expect(await match({}, { id: "all" })).toBeUndefined();
  });
});

describe("hmacHex", () => {
  const bytesOf = (hex: string) => Uint8Array.fromHex(hex);
  /** Those whose key is text: ours are. */
  const vectors = rfc4231.vectors.filter(({ key }) => bytesOf(key).every((byte) => byte < 0x80));

  it("RFC 4231: both hashes have vectors", () => {
    expect(new Set(vectors.map(({ hash }) => hash))).toEqual(new Set(["sha256", "sha512"]));
  });

  it.each(vectors)("RFC 4231: $id", async ({ hash, key, msg, tag }) => {
    const name = hash === "sha512" ? "SHA-512" : "SHA-256";
    const secret = new TextDecoder().decode(bytesOf(key));
    const hex = await hmacHex(name, secret, bytesOf(msg));
    // Some of the published tags are cut.
    expect(hex.slice(0, tag.length)).toBe(tag);
  });
});
