/// <reference types="vite/client" />
import { expect, it } from "vitest";
import table from "../../docs/degradation.md?raw";

const sources = import.meta.glob<string>("../degradation.test.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

it("docs/degradation.md: every row has a test of its number, and every test a row", () => {
  const rows = [...table.matchAll(/^\| (D-\d\d) /gm)].map(([, row]) => row);
  expect(rows.length).toBeGreaterThan(10);
  const tests = Object.values(sources).join("");
  expect([...tests.matchAll(/it\("(D-\d\d):/g)].map(([, row]) => row)).toEqual(rows);
});
