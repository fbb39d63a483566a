import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { signNotification } from "#vault";
import { NOTIFY_SECRET } from "../../src/vault/notification-signature.ts";

const secretOf = (bytes: number) => `whsec_${new Uint8Array(bytes).fill(7).toBase64()}`;
const message = { id: "pay_1_1", timestampSec: 1_774_074_486, body: '{"note":"₹"}' };

describe("NOTIFY_SECRET", () => {
  it("WHK-2: 24 to 64 bytes are taken, no fewer, no more", () => {
    const taken = Array.from({ length: 80 }, (_, bytes) => bytes).filter((bytes) =>
      NOTIFY_SECRET.test(secretOf(bytes)),
    );
    expect(taken).toEqual(Array.from({ length: 41 }, (_, index) => index + 24));
  });

  it("WHK-2: every secret that is taken can sign", async () => {
    for (let bytes = 24; bytes <= 64; bytes += 1) {
      const secret = secretOf(bytes);
      const expected = new Webhook(secret).sign(
        message.id,
        new Date(1_774_074_486_000),
        message.body,
      );
      expect(await signNotification([secret], message)).toBe(expected);
    }
  });

  it.each([
    ["no prefix", secretOf(32).slice("whsec_".length)],
    ["another prefix", secretOf(32).replace("whsec_", "whpk_")],
    ["a length that is no base64", `whsec_${"A".repeat(33)}`],
    ["no padding", secretOf(32).replace("=", "")],
    ["base64url", `whsec_${"A".repeat(43)}_`],
    ["padding inside", `whsec_${"A".repeat(30)}==${"A".repeat(12)}`],
    ["a blank", `${secretOf(32)} `],
    ["a line end", `${secretOf(32)}\n`],
  ])("WHK-2: with %s it is not taken", (_, secret) => {
    expect(NOTIFY_SECRET.test(secret)).toBe(false);
  });
});

describe("signNotification", () => {
  it("WHK-3: one signature per secret, blank-separated, in their order", async () => {
    const secrets = [secretOf(24), secretOf(64)];
    const each = await Promise.all(secrets.map((secret) => signNotification([secret], message)));
    expect(await signNotification(secrets, message)).toBe(each.join(" "));
  });
});
