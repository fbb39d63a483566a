/** Whether payment data rests in India only, found out now, and the moving of what rested elsewhere before. */
import { errorMessage, sha256, toHex } from "#base";
import type { HttpDeps } from "#http";
import {
  ABROAD_MS_MAX,
  moveHome,
  residencyOff,
  residencyOn,
  type ResidencyReport,
} from "#residency";
import { type Bindings, configOf } from "../env.ts";
import { clock, log } from "../platform.ts";
import { BACKUP_JOB } from "./backup.ts";
import { bucketOf, residentPlaces } from "./buckets.ts";

/** Records of a bucket that one run of the cron moves: each is four calls, and an invocation has 10,000. */
const MOVED_PER_RUN = 500;

export function residencyPorts(env: Bindings): HttpDeps["residency"] {
  return { report: () => reportOf(env) };
}

async function reportOf(env: Bindings): Promise<ResidencyReport> {
  const { residency: settings } = configOf(env);
  if (!settings) return residencyOff();
  const nowMs = clock();
  const [newestExport, overdue, leftRecords] = await Promise.all([
    newestExportOf(env),
    overdueOf(env, nowMs - ABROAD_MS_MAX),
    leftOf(env),
  ]);
  return residencyOn({ nowMs, settings, newestExport, overdue, leftRecords });
}

async function newestExportOf(env: Bindings) {
  const { newest, lastDoneAtMs } = await env.BACKUP_JOBS.getByName(BACKUP_JOB).status();
  if (!newest) return null;
  const file = await bucketOf(env, "backups").get(newest.name);
  const isThere = file !== undefined && toHex(await sha256(file)) === newest.sha256;
  return { ...newest, doneAtMs: lastDoneAtMs, isThere };
}

async function overdueOf(env: Bindings, beforeMs: number) {
  const merchants = [...configOf(env).directory.merchants.keys()];
  const all = await Promise.all(
    merchants.map((merchantId) => env.LEDGERS.getByName(merchantId).restingSince(beforeMs)),
  );
  const oldest = all.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
  return {
    payments: all.reduce((sum, { payments }) => sum + payments, 0),
    oldestAtMs: oldest.length === 0 ? null : Math.min(...oldest),
  };
}

async function leftOf(env: Bindings): Promise<number> {
  const pages = await Promise.all(residentPlaces(env).map(({ left }) => left.list("")));
  return pages.reduce((sum, names) => sum + names.length, 0);
}

/** Once an hour: moves to India what rested elsewhere before it was configured. One bucket that fails holds up no other. */
export async function moveRecordsHome(env: Bindings): Promise<void> {
  for (const places of residentPlaces(env)) {
    try {
      await moveHome(places, MOVED_PER_RUN);
    } catch (error) {
      log("error", "records not moved to India", { error: errorMessage(error) });
    }
  }
}
