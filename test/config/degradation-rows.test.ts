/// <reference types="vite/client" />
import { expect, it } from "vitest";
import table from "../../docs/degradation.md?raw";
import tests from "../degradation.test.ts?raw";

it("docs/degradation.md: every row has a test of its number, and every test a row", () => {
  const rows = [...table.matchAll(/^\| (D-\d\d) /gm)].map(([, row]) => row);
  expect(rows.length).toBeGreaterThan(10);
  expect([...tests.matchAll(/it\("(D-\d\d):/g)].map(([, row]) => row)).toEqual(rows);
});
