/** What runs by the clock (`[triggers] crons` in wrangler.toml). Cron is at least once: every job may run twice. */
import { errorMessage } from "#base";
import type { Bindings } from "../env.ts";
import { log } from "../platform.ts";
import { checkAudits } from "./audit.ts";
import { beginBackup } from "./backup.ts";
import { moveRecordsHome } from "./residency.ts";
import { beginSelfTests } from "./self-test.ts";

interface Job {
  readonly name: string;
  /** As it stands in wrangler.toml. UTC. */
  readonly cron: string;
  readonly run: (env: Bindings) => Promise<void>;
}

export const JOBS: readonly Job[] = [
  { name: "backup", cron: "17 * * * *", run: beginBackup },
  { name: "residency", cron: "17 * * * *", run: moveRecordsHome },
  { name: "audit", cron: "17 1 * * *", run: checkAudits },
  { name: "self-test", cron: "47 * * * *", run: beginSelfTests },
];

/** Runs the jobs of a cron; one that fails is said in the log and does not keep the others from running. */
export async function runScheduled(
  cron: string,
  env: Bindings,
  jobs: readonly Job[] = JOBS,
): Promise<void> {
  for (const { name, run } of jobs.filter((job) => job.cron === cron)) {
    try {
      await run(env);
    } catch (error) {
      log("error", "scheduled job failed", { job: name, error: errorMessage(error) });
    }
  }
}
