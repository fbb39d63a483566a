/// <reference types="vite/client" />
import { expect, it } from "vitest";
import text from "../../wrangler.toml?raw";
import { SCHEDULED_JOBS } from "../../src/wiring/scheduled.ts";

it("27: every cron of both environments has a job, and every job a cron", () => {
  const named = [...new Set(SCHEDULED_JOBS.map(({ cron }) => cron))].toSorted();
  const lists = [...text.matchAll(/^crons = (\[.*\])$/gm)].map(([, list = "[]"]) =>
    JSON.parse(list),
  );
  expect(lists).toHaveLength(2);
  for (const list of lists) expect(list.toSorted()).toEqual(named);
});
