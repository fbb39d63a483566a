import { describe, expect, it } from "vitest";
import {
  importSigningKey,
  importVerifyingKey,
  makeSigningPair,
  parseKeyring,
  signText,
  verifyText,
} from "#vault";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";

const keyring = parseKeyring(TEST_MASTER_KEYS);
const USE = { purpose: "audit", owner: "alpha" } as const;

async function pair() {
  const { publicJwk, sealedPrivate } = await makeSigningPair(keyring, USE);
  const { kid } = publicJwk;
  const key = await importSigningKey(keyring, USE, { kid, sealedPrivate });
  if (!key) throw new Error("the key does not open");
  return { key, kid, sealedPrivate, publicJwk, verifying: await importVerifyingKey(publicJwk) };
}

describe("signing pairs", () => {
  it("RFC 8032: a signature holds for its own text alone, and is the same every time", async () => {
    const { key, verifying } = await pair();
    const signature = await signText(key, "text");
    expect(await signText(key, "text")).toBe(signature);
    expect(await verifyText(verifying, "text", signature)).toBe(true);
    expect(await verifyText(verifying, "Text", signature)).toBe(false);
    expect(await verifyText((await pair()).verifying, "text", signature)).toBe(false);
  });

  it("JOS-7: the private half signs, and cannot be exported", async () => {
    const { key, publicJwk } = await pair();
    expect(key).toMatchObject({ extractable: false, usages: ["sign"] });
    expect(Object.keys(publicJwk).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });

  it("GCM-4: the private half opens under its owner and id only", async () => {
    const { kid, sealedPrivate } = await pair();
    const other = await pair();
    const beta = { ...USE, owner: "beta" };
    expect(await importSigningKey(keyring, beta, { kid, sealedPrivate })).toBeUndefined();
    const renamed = { kid: other.kid, sealedPrivate };
    expect(await importSigningKey(keyring, USE, renamed)).toBeUndefined();
  });

  it("JOS-6: a signature has one spelling", async () => {
    const { key, verifying } = await pair();
    const signature = await signText(key, "text");
    const others = [
      signature.toUpperCase(),
      ` ${signature}`,
      signature.slice(2),
      `${signature}00`,
      "",
    ];
    for (const other of others) expect(await verifyText(verifying, "text", other)).toBe(false);
  });
});
