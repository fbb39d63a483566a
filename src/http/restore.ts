/**
 * Bringing a backup back (docs/disaster.md). Only in a deployment that was started to be restored into, for a holder of
 * its restore token; elsewhere there are no such routes.
 */
import * as z from "zod";
import { once, unreachable } from "#base";
import { Problem } from "#problems";
import type { HttpDeps, RestoreProgress } from "./deps.ts";
import { noted } from "./noted.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

const TOKEN_MAX = 256;
const MANIFEST_MAX = 256;

export const beginRestoreSchema = once(() =>
  z.strictObject({
    token: noted(z.string().min(1).max(TOKEN_MAX), "The deployment's `RESTORE_TOKEN`."),
    manifest: noted(
      z
        .string()
        .regex(/^manifests\/[\w.:-]+$/)
        .max(MANIFEST_MAX)
        .optional(),
      "The backup to bring back. Absent: the newest.",
    ),
  }),
);

/** `POST /api/admin/restore`: begins a restore into an empty deployment, or tells how far it is. */
export const beginRestoreOperation = once((): Operation<ReturnType<typeof beginRestoreSchema>> => ({
  scope: "admin",
  rateClass: "security",
  schema: beginRestoreSchema(),
  handle: beginRestore,
}));

/** `GET /api/admin/restore`: how far it is. */
export const restoreProgressOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: restoreProgress,
};

async function beginRestore({
  body,
  deps,
}: Call<z.output<ReturnType<typeof beginRestoreSchema>>>): Promise<Response> {
  refuseUnlessOpen(deps);
  if (!(await deps.restore.allows(body.token))) {
    throw new Problem("scope_missing", { detail: "Needs the deployment's restore token." });
  }
  const begun = await deps.restore.begin(body.manifest ?? null);
  if (begun.ok) return jsonAnswer(202, JSON.stringify({ restore: progressView(begun.value) }));
  switch (begun.refusal) {
    case "busy":
      throw new Problem("state_conflict", { detail: "Another restore or a backup is under way." });
    case "not_empty":
      throw new Problem("state_conflict", { detail: "This deployment is not empty." });
    case "no_manifest":
      throw invalidField("/manifest", "invalid_value", "a backup that the bucket holds");
    default:
      return unreachable(begun.refusal);
  }
}

async function restoreProgress({ deps }: Call<undefined>): Promise<Response> {
  refuseUnlessOpen(deps);
  const progress = await deps.restore.progress();
  const restore = progress === null ? null : progressView(progress);
  return jsonAnswer(200, JSON.stringify({ restore }));
}

function refuseUnlessOpen({ restore }: HttpDeps): void {
  if (!restore.isOpen) throw new Problem("route_not_found");
}

function progressView({ startedAtMs, endedAtMs, ...rest }: RestoreProgress) {
  return { ...rest, startedAt: startedAtMs, endedAt: endedAtMs };
}
