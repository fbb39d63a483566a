import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { assert, merchantIdSchema } from "#base";
import { residencyOff } from "#residency";
import { configOf } from "../../../src/env.ts";
import { makeApp } from "../../../src/app.ts";
import { compliancePage } from "../../../src/http/openapi/compliance-page.ts";
import { complianceReport } from "../../../src/http/openapi/compliance.ts";
import { FRAMEWORK_IDS, FRAMEWORKS } from "../../../src/ops/compliance/frameworks.ts";
import { log } from "../../../src/platform.ts";
import { compliancePorts } from "../../../src/wiring/compliance.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { evidence, profileError, report } from "../../ops/compliance/world.ts";
import {
  call,
  readAnswer,
  signedRequest,
  type TestAnswer,
  type TestCall,
} from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { callAsPromised } from "../as-promised.ts";
import { expectCommonHeaders, expectProblem } from "../problem-shape.ts";

const PATH = "/api/payments/compliance-report";
const TOKEN = {
  access_token: "report-token",
  token_type: "O-Bearer",
  issued_at: Math.floor(Date.now() / 1_000),
  expires_at: Math.floor(Date.now() / 1_000) + 3_600,
};
const merchant = configOf(env).directory.merchants.get(merchantIdSchema.parse("alpha"));
assert(merchant !== undefined, "the tests have a merchant alpha");
const get = (query: string, accept?: string, key: TestCall["key"] = TEST_KEYS.alpha) =>
  call({
    path: `${PATH}${query}`,
    key,
    ...(accept === undefined ? {} : { moreHeaders: { accept } }),
  });

function findingsIn({ json }: TestAnswer) {
  const document = complianceReport().parse(json);
  const findings = document["assessment-results"].results.flatMap((result) => result.findings);
  return new Map(findings.map(({ target }) => [target["target-id"], target.status]));
}

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
    typeof input === "string" && input.includes("/oauth/")
      ? Response.json(TOKEN)
      : Response.json({ code: "ORDER_NOT_FOUND" }, { status: 404 }),
  );
});

afterEach(() => {
  vi.restoreAllMocks();
  world.renew();
});

describe("GET /api/payments/compliance-report", () => {
  it("RPT-1: OSCAL of one framework, that fits the profile, from evidence of this gateway", async () => {
    const answer = await callAsPromised(PATH, { path: `${PATH}?framework=pci-dss` });
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(profileError(answer.json)).toBeUndefined();
    const findings = findingsIn(answer);
    expect([...findings.keys()]).toEqual(FRAMEWORKS["pci-dss"].controls.map(({ id }) => id));
    expect(findings.get("pci-10.3.4")).toMatchObject({ state: "satisfied", reason: "pass" });
    expect(findings.get("pci-3.7.4")).toMatchObject({ state: "satisfied", reason: "pass" });
  });

  it("RPT-2: what this gateway does not look at is not satisfied", async () => {
    const findings = findingsIn(await get("?framework=pci-dss"));
    expect(findings.get("pci-8.5.1")).toEqual({
      state: "not-satisfied",
      reason: "other",
      remarks: "operators_mfa: no evidence was collected.",
    });
  });

  it("IND-2: without a store in India the report says that payment data does not rest there", async () => {
    const status = findingsIn(await get("?framework=rbi")).get("rbi-storage.1");
    expect(status).toMatchObject({ state: "not-satisfied", reason: "fail" });
    expect(status?.remarks).toContain("does not claim to store it in India only");
  });

  it("RPT-3: a key that is overdue turns its findings with the next report", async () => {
    const asked = async (ok: boolean) => {
      const seen = { detail: "seen", weight: 1, atMs: Date.now() };
      const made = compliancePorts({
        checks: async () => [
          { ...seen, id: "keys_due", ok },
          { ...seen, id: "key_ages", ok: true },
        ],
        residency: async () => residencyOff(),
      });
      const { sections } = await made.complianceReport(merchant, "pci-dss");
      return sections[0]?.findings.find(({ controlId }) => controlId === "pci-3.7.4");
    };
    expect(await asked(true)).toMatchObject({ isSatisfied: true });
    expect(await asked(false)).toMatchObject({ isSatisfied: false, reason: "fail" });
  });

  it("RPT-2: a look that does not answer is a failed one, and stops no report", async () => {
    const real = env.AUDITS.getByName.bind(env.AUDITS);
    vi.spyOn(env.AUDITS, "getByName").mockImplementation((name) => {
      if (name === "alpha") throw new Error("away");
      return real(name);
    });
    const findings = findingsIn(await get("?framework=pci-dss"));
    expect(findings.get("pci-10.3.4")).toMatchObject({ state: "not-satisfied", reason: "fail" });
    expect(findings.get("pci-10.3.4")?.remarks).toContain("does not answer");
    expect(findings.get("pci-3.2.1")).toMatchObject({ state: "satisfied" });
  });

  it("api.md 7: no framework named gives all of them", async () => {
    const { json } = await get("", undefined, TEST_KEYS.alphaNext);
    const document = complianceReport().parse(json);
    const titles = document["assessment-results"].results.map(({ title }) => title);
    expect(titles).toEqual(FRAMEWORK_IDS.map((id) => FRAMEWORKS[id].title));
  });

  it.each(FRAMEWORK_IDS)("api.md 7: %s is a page too, with every control", async (framework) => {
    const answer = await get(`?framework=${framework}`, "text/html", TEST_KEYS.deltaBig);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    for (const { id } of FRAMEWORKS[framework].controls) {
      expect(answer.text).toContain(`<code>${id}</code>`);
    }
  });

  it.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["text/html, application/json", "application/json"],
    ["application/*;q=0.5, text/html;q=0.4", "application/json"],
    ["text/html;q=0.5, */*;q=0.1", "text/html; charset=utf-8"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"],
    ["application/json;q=0, */*", "text/html; charset=utf-8"],
  ])("RFC 9110 12.5.1: Accept %s gives %s", async (accept, type) => {
    const answer = await get("?framework=cert-in", accept, TEST_KEYS.alphaNext);
    expect(answer.headers.get("content-type")).toBe(type);
  });

  it.each([
    ["?framework=hipaa", "*/*", "/framework"],
    ["?framework=__proto__", "*/*", "/framework"],
    ["?framework=gdpr&framework=rbi", "*/*", "/framework"],
    ["?frame=gdpr", "*/*", "/frame"],
    ["?framework=gdpr", "image/png", "/accept"],
    ["?framework=gdpr", "text/html;q=0, application/json;q=0.0", "/accept"],
    ["?framework=gdpr", "text/html;q=2", "/accept"],
  ])("api.md 2: %s with Accept %s is refused", async (query, accept, pointer) => {
    const answer = await get(query, accept, TEST_KEYS.alphaNext);
    expectProblem(answer, "validation_failed");
    expect(answer.json["errors"]).toMatchObject([{ pointer }]);
  });

  it("api.md 1: it takes security:read, and a signature", async () => {
    const bare = await readAnswer(
      await makeApp({ depsFor: () => wireHttp(env), log }).fetch(
        new Request(`https://gateway.example${PATH}`),
        {},
      ),
    );
    expectProblem(bare, "signature_missing");
    expectProblem(await get("", undefined, TEST_KEYS.alphaReader), "scope_missing");
  });

  it("the evidence cannot be collected: 503, and the same call again", async () => {
    const deps = {
      ...wireHttp(env),
      complianceReport: () => Promise.reject(new Error("away")),
    };
    const app = makeApp({ depsFor: () => deps, log });
    const answer = await readAnswer(await app.fetch(await signedRequest({ path: PATH }), {}));
    expectProblem(answer, "admission_unavailable");
  });
});

describe("the page", () => {
  it("HDR-2: no script, no outside host, one style by its hash", async () => {
    const { headers, text } = await get("?framework=gdpr", "text/html", TEST_KEYS.alphaNext);
    const [, style = ""] = /<style>([^]*?)<\/style>/.exec(text) ?? [];
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    expect(headers.get("content-security-policy")).toContain(
      `style-src 'sha256-${new Uint8Array(hash).toBase64()}'`,
    );
    expect(text).not.toMatch(/<script|\son[a-z]+=|\sstyle=|<form|<iframe|<link|<img|https?:\/\//i);
    expect(style).toMatch(/@media print \{/);
    expect(style).toContain("@media screen and (prefers-color-scheme: dark)");
  });

  it("says first that it is no certificate, then each control with state, evidence, time", async () => {
    const { html } = await compliancePage(report(evidence(), { framework: "gdpr" }));
    const notice = html.indexOf("This report is no certificate");
    expect(notice).toBeGreaterThan(0);
    expect(html.indexOf("<table>")).toBeGreaterThan(html.indexOf('class="notice"'));
    expect(html).toContain('<span class="state pass">Satisfied</span>');
    expect(html).toContain("<code>audit_chain</code> good: ");
    expect(html).toContain("2026-11-26 08:00 UTC");
    expect(html).toContain("Not satisfied: needs people");
  });

  it("escapes what a look says", async () => {
    const seen = evidence({ masking: { ok: false, detail: '<img src=x onerror="a">&' } });
    const { html } = await compliancePage(report(seen, { framework: "gdpr" }));
    expect(html).toContain("&lt;img src=x onerror=&quot;a&quot;&gt;&amp;");
    expect(html).not.toContain("<img");
  });
});
