import { describe, expect, it } from "vitest";
import { dailyAnswerKey, dailySigningKey, dailySigningKeyBytes } from "#vault";
import { base64 } from "../support/raw-sign.ts";
import dailyDerivedKeys from "../vectors/daily-derived-keys.json" with { type: "json" };
import rfc4231 from "../vectors/rfc4231-hmac.json" with { type: "json" };

const CONTRACT = dailyDerivedKeys.vectors.flatMap((vector) =>
  "key_b64" in vector && vector.id.startsWith("contract-") ? [vector] : [],
);

describe("daily signing key", () => {
  it("DAY-1: the vectors of our contract are here", () => {
    expect(CONTRACT.length).toBeGreaterThanOrEqual(20);
  });

  it.each(CONTRACT)("DAY-1: vector $id of $date", async (vector) => {
    const { secret = "", date = "", created = 0, key_b64 } = vector;
    expect(base64(await dailySigningKeyBytes(secret, date))).toBe(key_b64);
    const key = await dailySigningKey({ id: `ak-${vector.id}`, secret }, created);
    const expected = await crypto.subtle.importKey(
      "raw",
      Uint8Array.from(atob(key_b64 ?? ""), (c) => c.charCodeAt(0)),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const text = new TextEncoder().encode("text");
    const mac = await crypto.subtle.sign("HMAC", expected, text);
    expect(await crypto.subtle.verify("HMAC", key, mac, text)).toBe(true);
  });

  it("DAY-4: it only verifies and cannot be taken out", async () => {
    const key = await dailySigningKey({ id: "ak", secret: "s" }, 0);
    expect(key).toMatchObject({ extractable: false, usages: ["verify"] });
  });

  it("DAY-4: answers have a key of their own, which only signs and cannot be taken out", async () => {
    const key = await dailyAnswerKey({ id: "ak", secret: "s" }, 0);
    expect(key).toMatchObject({ extractable: false, usages: ["sign"] });
    expect(await dailyAnswerKey({ id: "ak", secret: "s" }, 86_399)).toBe(key);
    expect(await dailyAnswerKey({ id: "ak", secret: "s" }, 86_400)).not.toBe(key);
  });

  it("DAY-1: what the answer key signs, the day's verifying key accepts", async () => {
    const holder = { id: "ak", secret: "s" };
    const text = new TextEncoder().encode("text");
    const mac = await crypto.subtle.sign("HMAC", await dailyAnswerKey(holder, 0), text);
    expect(await crypto.subtle.verify("HMAC", await dailySigningKey(holder, 0), mac, text)).toBe(
      true,
    );
  });

  it("DAY-2: the day is UTC's, from its first second to its last", async () => {
    const keyAt = (sec: number) => dailySigningKey({ id: "ak", secret: "s" }, sec);
    const day = 1_774_051_200;
    expect(await keyAt(day)).toBe(await keyAt(day + 86_399));
    expect(await keyAt(day)).not.toBe(await keyAt(day - 1));
    expect(await keyAt(day)).not.toBe(await keyAt(day + 86_400));
  });

  it("DAY-4: a key id with a new secret has a new key at once", async () => {
    const before = await dailySigningKey({ id: "ak", secret: "one" }, 0);
    expect(await dailySigningKey({ id: "ak", secret: "two" }, 0)).not.toBe(before);
  });
});

describe("rfc4231-hmac vectors", () => {
  const sha256 = rfc4231.vectors.filter(({ hash }) => hash === "sha256");

  it.each(sha256)("DAY-1: the primitive gives $id", async ({ key, msg, tag }) => {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const bytes = Uint8Array.fromHex(key);
    const imported = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", imported, Uint8Array.fromHex(msg));
    expect(new Uint8Array(mac).toHex().startsWith(tag)).toBe(true);
  });
});
