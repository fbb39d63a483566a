import { describe, expect, it } from "vitest";
import { judgeBootstrap, judgeMasterKeys } from "../../../src/ops/doctor/check-secrets.ts";
import { exitCodeOf, fail, findingLine, note, ok, warn } from "../../../src/ops/doctor/finding.ts";
import { maskId, secretsIn, withoutSecrets } from "../../../src/ops/doctor/mask.ts";
import { TEST_BOOTSTRAP, TEST_MASTER_KEYS } from "../../support/secrets.ts";

const SHORT_KEY = btoa("too short to be a key");

describe("MASTER_KEYS", () => {
  it("api.md 8: valid ones pass", () => {
    expect(judgeMasterKeys(TEST_MASTER_KEYS).level).toBe("ok");
  });

  it("api.md 8: absent ones are not judged", () => {
    expect(judgeMasterKeys(undefined).level).toBe("warn");
  });

  it.each([
    ["no JSON", "k1=abc"],
    ["a short key", JSON.stringify({ current: "k1", keys: { k1: SHORT_KEY } })],
    ["a current key that is missing", TEST_MASTER_KEYS.replace('"current":"k2"', '"current":"k9"')],
    ["no base64", JSON.stringify({ current: "k1", keys: { k1: "!!!" } })],
  ])("api.md 8: %s fails, and no key is quoted", (_, text) => {
    const finding = judgeMasterKeys(text);
    expect(finding.level).toBe("fail");
    expect(findingLine(finding)).not.toContain(SHORT_KEY);
  });
});

describe("BOOTSTRAP", () => {
  const entry = (more: object) => ({ id: "demo", apiKeys: [], ...more });
  const text = (...merchants: object[]) => JSON.stringify({ merchants });
  const key = { id: "ak_1", secret: "the-api-secret", scopes: [] };

  it("api.md 8: a valid one passes, and is counted", () => {
    const { finding, directory } = judgeBootstrap(TEST_BOOTSTRAP);
    expect(finding).toMatchObject({ level: "ok" });
    expect(finding.says).toContain("merchants 4, API keys 11");
    expect(directory?.merchants.size).toBe(4);
  });

  it.each([
    ["nothing", undefined, "not given"],
    ["no JSON", "{", "not valid JSON"],
    ["no merchant", text(), "names no merchant"],
    ["a merchant twice", text(entry({}), entry({})), "merchant demo twice"],
    ["an API key twice", text(entry({ apiKeys: [key, key] })), "API key ak_1 twice"],
    ["a missing secret", text(entry({ phonepe: { clientId: "X" } })), "phonepe.clientSecret"],
  ])("api.md 8: %s fails and is named", (_, bootstrap, says) => {
    const { finding, directory } = judgeBootstrap(bootstrap);
    expect(finding.level).toBe("fail");
    expect(finding.says).toContain(says);
    expect(directory).toBeUndefined();
  });
});

describe("what is shown", () => {
  it("I10: of an id only its ends", () => {
    expect(maskId("DEMOMERCHANTUAT_2611")).toBe("DEMO…2611");
    expect(maskId("SHORT")).toBe("SH…");
  });

  it("I10: secrets are found by the names above them, at any depth", () => {
    expect(secretsIn(TEST_MASTER_KEYS)).toHaveLength(2);
    const found = secretsIn(TEST_BOOTSTRAP);
    expect(found).toContain("client-secret-beta");
    expect(found).toContain("oldHookPasswordbeta");
    expect(found).toContain("secret-of-alpha");
    expect(found).not.toContain("alpha");
    expect(secretsIn("not JSON")).toEqual([]);
  });

  it("I10: a secret that got into a finding is hidden", () => {
    const finding = withoutSecrets(fail("x", "it says s3cret1.", "not s3cret1"), ["s3cret1"]);
    expect(findingLine(finding)).toBe("FAIL  x: it says ***. Mend: not ***");
  });

  it("one line a check, and the exit code of failures alone", () => {
    const findings = [ok("a", "fine."), note("b", "so."), warn("c", "hm.", "do.")];
    expect(findings.map(findingLine)).toEqual([
      "ok    a: fine.",
      "note  b: so.",
      "warn  c: hm. Mend: do.",
    ]);
    expect(exitCodeOf(findings)).toBe(0);
    expect(exitCodeOf([...findings, fail("d", "no.", "do.")])).toBe(1);
  });
});
