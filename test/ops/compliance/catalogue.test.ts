/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import { frameworkSchema } from "../../../src/http/compliance-report.ts";
import { DOCUMENTS } from "../../../src/ops/compliance/documents.ts";
import { FRAMEWORK_IDS, FRAMEWORKS } from "../../../src/ops/compliance/frameworks.ts";
import { EVIDENCE_IDS } from "./world.ts";
import page from "../../../docs/compliance.md?raw";

const pages = import.meta.glob<string>(
  ["../../../docs/*.md", "../../../docs/openapi.json", "../../../src/*/README.md"],
  {
    query: "?raw",
    import: "default",
    eager: true,
  },
);

const all = Object.values(FRAMEWORKS).flatMap((framework) => [...framework.controls]);

describe("the catalogue of controls", () => {
  it("every control has an id of its own among all frameworks, and a token of OSCAL", () => {
    const ids = all.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9.-]*$/);
  });

  it.each(FRAMEWORK_IDS)("%s: 12 to 40 controls", (id) => {
    const { length } = FRAMEWORKS[id].controls;
    expect(length).toBeGreaterThanOrEqual(12);
    expect(length).toBeLessThanOrEqual(40);
  });

  it("RPT-2: no control rests on nothing", () => {
    const bare = all.filter(({ proof }) => {
      if (proof.by === "checks") return proof.checks.length === 0;
      return proof.by === "documents" ? proof.documents.length === 0 : proof.reason === "";
    });
    expect(bare).toEqual([]);
  });

  it("RPT-2: every page that a control rests on is there under its title, and has a date that has come", () => {
    for (const { path, title, datedOn } of Object.values(DOCUMENTS)) {
      const text = pages[`../../../${path}`] ?? "";
      const heading = path.endsWith(".md") ? `# ${title}\n` : `"openapi"`;
      expect({ path, found: text.includes(heading) }).toEqual({ path, found: true });
      expect(datedOn).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(Date.parse(datedOn)).toBeLessThanOrEqual(Date.now());
    }
  });

  it("every look that is named is one that some control rests on", () => {
    const named = new Set(all.flatMap(({ proof }) => (proof.by === "checks" ? proof.checks : [])));
    expect([...named].toSorted()).toEqual(EVIDENCE_IDS.toSorted());
  });

  it("api.md 7: what can be asked for is what the catalogue has", () => {
    expect(frameworkSchema().options).toEqual([...FRAMEWORK_IDS]);
    expect(Object.keys(FRAMEWORKS)).toEqual([...FRAMEWORK_IDS]);
  });

  it("docs/compliance.md: the table of frameworks has the catalogue's counts", () => {
    const rows = FRAMEWORK_IDS.map((id) => {
      const { controls, title, whole } = FRAMEWORKS[id];
      const count = (by: string) => controls.filter(({ proof }) => proof.by === by).length;
      const cells = [`\`${id}\``, title, controls.length, count("checks"), count("documents")];
      return [...cells, count("people"), whole].map(String);
    });
    const told = [...page.matchAll(/^\| (`[a-z0-9-]+` .*) \|$/gm)].map(([, row = ""]) =>
      row.split("|").map((cell) => cell.trim()),
    );
    expect(told.filter(({ length }) => length === 7)).toEqual(rows);
  });
});
