/**
 * `GET /api/payments/health` (api.md 7): public, and of no cost but this isolate's own knowledge. Signed by a key with
 * security:read it also looks, now, at each thing that the merchant's payments depend on.
 */
import { errorMessage } from "#base";
import type { HealthCheck, HttpDeps } from "./deps.ts";
import {
  type AppContext,
  type Call,
  jsonAnswer,
  noBody,
  type Operation,
  runOperation,
} from "./operation.ts";

/** One check may not hold up the others, nor the monitor that asks. */
const CHECK_MS_MAX = 3_000;

const signedHealthOperation: Operation<typeof noBody> = {
  scope: "none",
  rateClass: "read",
  schema: noBody,
  handle: signedHealth,
};

export async function answerHealth(c: AppContext, deps: HttpDeps): Promise<Response> {
  const isSigned = c.req.raw.headers.has("signature") || c.req.raw.headers.has("signature-input");
  return isSigned ? runOperation(c, deps, signedHealthOperation) : publicHealth(deps);
}

function publicHealth({ health, version }: HttpDeps): Response {
  const status = health.isDegraded() ? "degraded" : "ok";
  return jsonAnswer(200, JSON.stringify({ status, version }));
}

async function signedHealth({ deps, apiKey, merchant }: Call<undefined>): Promise<Response> {
  if (!apiKey.scopes.has("security:read")) return publicHealth(deps);
  const looks = await deps.health.checksOf(merchant.id);
  const checks = await Promise.all(looks.map((check) => runCheck(check, deps)));
  const isWell = checks.every(({ ok }) => ok) && !deps.health.isDegraded();
  const { version } = deps;
  return jsonAnswer(200, JSON.stringify({ status: isWell ? "ok" : "degraded", version, checks }));
}

/** What a check says, or that it failed or took too long. The reason of an error goes to the log only. */
async function runCheck({ id, run }: HealthCheck, { health, log, nowMs }: HttpDeps) {
  const tooLong = health
    .sleep(CHECK_MS_MAX)
    .then(() => ({ ok: false, detail: "no answer in time" }));
  const failed = (error: unknown) => {
    log("error", "health check failed", { id, error: errorMessage(error) });
    return { ok: false, detail: "does not answer" };
  };
  const { ok, detail } = await Promise.race([run().catch(failed), tooLong]);
  return { id, ok, detail, at: nowMs() };
}
