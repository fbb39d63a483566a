/** What runs by itself, and when: one list, by the names of the crons in `wrangler.toml`. */
import { errorMessage } from "#base";
import type { Bindings } from "../env.ts";
import { log } from "../platform.ts";
import { beginBackup } from "./backup.ts";

interface ScheduledJob {
  readonly cron: string;
  readonly name: string;
  readonly run: (env: Bindings) => Promise<void>;
}

export const SCHEDULED_JOBS: readonly ScheduledJob[] = [
  { cron: "17 * * * *", name: "backup", run: beginBackup },
];

/** Crons come at least once; every job is safe to run twice. One that fails holds up no other. */
export async function runScheduled(
  { cron }: Pick<ScheduledController, "cron">,
  env: Bindings,
): Promise<void> {
  const due = SCHEDULED_JOBS.filter((job) => job.cron === cron);
  if (due.length === 0) log("error", "no job has this cron", { cron });
  await Promise.all(
    due.map(async ({ name, run }) => {
      try {
        await run(env);
      } catch (error) {
        log("error", "scheduled job failed", { job: name, error: errorMessage(error) });
      }
    }),
  );
}
