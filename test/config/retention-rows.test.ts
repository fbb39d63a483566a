/// <reference types="vite/client" />
import { expect, it } from "vitest";
import table from "../../docs/retention.md?raw";

const sources = import.meta.glob<string>(
  [
    "../payments/archive.test.ts",
    "../events/*.test.ts",
    "../http/customers/*.test.ts",
    "../risk/*.test.ts",
  ],
  { query: "?raw", import: "default", eager: true },
);

it("docs/retention.md: every row has a test of its number, and every such test a row", () => {
  const rows = [...table.matchAll(/^\| (R-\d\d) /gm)].map(([, row]) => row ?? "");
  expect(rows.length).toBeGreaterThan(7);
  const tests = Object.values(sources).join("");
  const proven = [...tests.matchAll(/it\("(R-\d\d):/g)].map(([, row]) => row ?? "");
  expect([...new Set(proven)].toSorted()).toEqual(rows);
});
