/// <reference types="vite/client" />
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import text from "../../wrangler.toml?raw";
import { runScheduled, SCHEDULED_JOBS } from "../../src/wiring/scheduled.ts";

it("27: every cron of both environments has a job, and every job a cron", () => {
  const named = [...new Set(SCHEDULED_JOBS.map(({ cron }) => cron))].toSorted();
  const lists = [...text.matchAll(/^crons = (\[.*\])$/gm)].map(([, list = "[]"]) =>
    JSON.parse(list),
  );
  expect(lists).toHaveLength(2);
  for (const list of lists) expect(list.toSorted()).toEqual(named);
});

it("D-19: a job that fails is said and holds up nothing; a cron without a job does nothing", async () => {
  const refused = () => Promise.reject(new Error("away"));
  const asked: string[] = [];
  const BACKUP_JOBS = new Proxy(env.BACKUP_JOBS, {
    get: () => () => {
      asked.push("backup");
      return { begin: refused };
    },
  });
  await runScheduled({ cron: "1 1 1 1 *" }, { ...env, BACKUP_JOBS });
  expect(asked).toEqual([]);
  await runScheduled({ cron: "17 * * * *" }, { ...env, BACKUP_JOBS });
  expect(asked).toEqual(["backup"]);
});
