import { execFileSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../dev/processes.ts";

const directory = mkdtempSync(join(tmpdir(), "foolproof-secrets-"));

afterAll(() => rmSync(directory, { recursive: true }));

/** What `npm run secrets` says of a file with this text; null when it finds nothing. */
function scan(text: string): string | null {
  const file = join(directory, "planted.ts");
  writeFileSync(file, text);
  const args = ["secretlint", "--no-glob", "--secretlintrc", join(ROOT, ".secretlintrc.json")];
  try {
    execFileSync("npx", [...args, file], { cwd: ROOT, encoding: "utf8", stdio: "pipe" });
    return null;
  } catch (error) {
    return String(Object(error).stdout);
  }
}

const ecKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const PLANTED: Readonly<Record<string, string>> = {
  "a notification secret": `const secret = "whsec_${randomBytes(32).toString("base64")}";`,
  "a master key": JSON.stringify({ keys: { k1: randomBytes(32).toString("base64") } }),
  "a live key of Razorpay": `const keyId = "rzp_live_${randomBytes(7).toString("hex")}";`,
  "a private key as JWK": JSON.stringify(ecKey.export({ format: "jwk" })),
  "a private key as PEM": String(ecKey.export({ format: "pem", type: "pkcs8" })),
  "credentials in a URL": `const url = "https://shop:${randomBytes(9).toString("hex")}@example.com";`,
};

describe("ASV-13, PCI-8.6.2: the secret scanner", () => {
  it.each(Object.entries(PLANTED))("finds %s, and does not repeat it", (_, text) => {
    const found = scan(text);
    expect(found).toContain("error");
    expect(found).not.toContain(text);
  });

  it("says nothing of a file without one", () => {
    expect(scan('const keyId = "ak_test_01";')).toBeNull();
  });
});
