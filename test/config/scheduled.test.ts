/// <reference types="vite/client" />
import { env } from "cloudflare:workers";
import { createScheduledController } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { JOBS, runScheduled } from "../../src/wiring/scheduled.ts";
import worker from "../support/worker.ts";
import text from "../../wrangler.toml?raw";
import { readToml } from "./read-toml.ts";

const AUDIT_CRON = "17 1 * * *";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("scheduled jobs", () => {
  it.each(["triggers", "env.production.triggers"])(
    "style.md 2: [%s] fires exactly the crons that jobs are named by",
    (table) => {
      const crons = readToml(text).get(table)?.[0]?.get("crons");
      expect(crons).toEqual([...new Set(JOBS.map(({ cron }) => cron))]);
    },
  );

  it("PCI-10.4.1.1: the audit job looks at every merchant's log", async () => {
    const controller = createScheduledController({ cron: AUDIT_CRON, scheduledTime: Date.now() });
    await worker.scheduled(controller, env);
    for (const merchant of ["alpha", "beta", "gamma", "delta"]) {
      expect(await env.AUDITS.getByName(merchant).health()).toMatchObject({
        ok: true,
        detail: expect.stringContaining("verified"),
      });
    }
  });

  it("PCI-10.4.1.1: a log that does not answer does not keep the others from being looked at", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const looked: string[] = [];
    const AUDITS = {
      getByName: (merchantId: string) => ({
        daily: async () => {
          looked.push(merchantId);
          if (merchantId === "alpha") throw new Error("away");
        },
      }),
    };
    await runScheduled(AUDIT_CRON, Object.assign({}, env, { AUDITS }));
    expect(looked.toSorted()).toEqual(["alpha", "beta", "delta", "gamma"]);
    expect(logged.mock.calls.flat().join()).toContain("audit log not checked");
  });

  it("28: the self-test begins for every merchant, at another minute than the backup", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const cronOf = (name: string) => JOBS.find((job) => job.name === name)?.cron ?? "";
    const [minute, ...everyHour] = cronOf("self-test").split(" ");
    expect(everyHour).toEqual(["*", "*", "*", "*"]);
    expect(minute).not.toBe(cronOf("backup").split(" ")[0]);
    const begun: string[] = [];
    const SELF_TESTS = {
      getByName: (merchantId: string) => ({
        begin: async () => {
          begun.push(merchantId);
          if (merchantId === "alpha") throw new Error("away");
        },
      }),
    };
    await runScheduled(cronOf("self-test"), Object.assign({}, env, { SELF_TESTS }));
    expect(begun.toSorted()).toEqual(["alpha", "beta", "delta", "gamma"]);
    expect(logged.mock.calls.flat().join()).toContain("self-test not begun");
  });

  it("style.md 7: a job that fails is said, and the others run; another cron runs nothing", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const ran: string[] = [];
    const jobs = [
      { name: "bad", cron: "1 * * * *", run: () => Promise.reject(new Error("broken")) },
      { name: "good", cron: "1 * * * *", run: async () => void ran.push("good") },
      { name: "other", cron: "2 * * * *", run: async () => void ran.push("other") },
    ];
    await runScheduled("1 * * * *", env, jobs);
    expect(ran).toEqual(["good"]);
    expect(logged.mock.calls.flat().join()).toContain("broken");
  });
});
