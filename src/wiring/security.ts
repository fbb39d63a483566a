/** Where the live checks of security look: the same sources that the operations themselves work with. */
import { maskEvent } from "#audit";
import { type Clock, once, randomId } from "#base";
import { SECURE_HEADERS } from "#door";
import type { HttpDeps, SecurityPorts } from "#http";
import {
  type CheckPorts,
  type Circuit,
  metricsText,
  runChecks,
  securityChecks,
  type SecurityLook,
  securityStatus,
  windowBefore,
} from "#ops";
import { OPERATIONS } from "#providers";
import type { Merchant } from "#vault";
import { makeApp } from "../app.ts";
import type { Bindings } from "../env.ts";
import { clock, log, logLine, sleep } from "../platform.ts";
import { backupHealth } from "./backup.ts";
import { askBreaker } from "./breakers.ts";
import { refusalsSince } from "./door.ts";
import { kvHealth, objectsHealth, providersOf, tokenHealth } from "./health.ts";
import { riskReport } from "./risk.ts";

/** For tests, which move the clock and open the door. */
interface Instead extends Partial<Pick<CheckPorts, "door" | "logLine" | "maskEvent">> {
  readonly nowMs?: Clock;
}

export function securityPorts(
  env: Bindings,
  depsOf: () => HttpDeps,
  instead: Instead = {},
): SecurityPorts {
  const nowMs = instead.nowMs ?? clock;
  const look = async (merchant: Merchant): Promise<SecurityLook> => {
    const window = windowBefore(nowMs());
    const [looked, refusals] = await Promise.all([
      lookAt(env, { deps: depsOf(), merchant }, instead),
      refusalsSince(env, window.fromMs),
    ]);
    return { ...looked, refusals, window };
  };
  return {
    status: async (merchant) => securityStatus(await look(merchant)),
    metrics: async (merchant) => metricsText(await look(merchant)),
  };
}

/** Runs every check, now. */
export function lookAt(
  env: Bindings,
  { deps, merchant }: { readonly deps: HttpDeps; readonly merchant: Merchant },
  instead: Instead = {},
): ReturnType<typeof runChecks> {
  const nowMs = instead.nowMs ?? clock;
  const ports = { ...checkPorts(env, deps, merchant), ...instead, nowMs };
  return runChecks(securityChecks(ports), { nowMs, log, sleep });
}

/** Made for one look: what two checks need is asked for once. */
function checkPorts(env: Bindings, deps: HttpDeps, merchant: Merchant): CheckPorts {
  const { id } = merchant;
  return {
    nowMs: clock,
    newNonce: () => randomId("check"),
    maskEvent,
    logLine: (message, fields) => logLine("info", message, fields),
    audit: once(() => env.AUDITS.getByName(id).standing()),
    keys: () => deps.keys.inventory(id),
    token: () => tokenOf(env, merchant),
    circuits: () => circuitsOf(env, merchant),
    backup: () => backupHealth(env),
    kv: () => kvHealth(env),
    durableObjects: () => objectsHealth(env, id),
    silence: () => deps.ledger.silence(id),
    parked: async () => (await deps.ledger.parked(id)).length,
    door: ownDoor(deps),
    secureHeaders: SECURE_HEADERS,
    apiKeys: once(() => deps.apiKeys.list(id)),
    residency: () => deps.residency.report(),
    async risk() {
      const { mode, drift } = await riskReport(env, merchant);
      const strange = drift.filter(({ alert }) => alert).length;
      return { ok: true, detail: `answers; mode ${mode}, ${strange} features drift` };
    },
  };
}

async function tokenOf(env: Bindings, { id, phonepe }: Merchant): ReturnType<CheckPorts["token"]> {
  if (!phonepe) return { state: "active", detail: "no provider of the merchant needs one" };
  return tokenHealth(env, id);
}

async function circuitsOf(env: Bindings, { id }: Merchant): Promise<Circuit[]> {
  const names = await providersOf(env, id);
  const lines = await Promise.all(
    names.map(async (provider) => {
      const snapshot = await askBreaker(env, id, provider);
      return OPERATIONS.map((operation) => ({
        provider,
        operation,
        state: snapshot[operation]?.state ?? ("closed" as const),
      }));
    }),
  );
  return lines.flat();
}

const doors = new WeakMap<HttpDeps, CheckPorts["door"]>();

/** The app itself with all its doors. What the checks are refused is not counted: nobody attacked. */
function ownDoor(deps: HttpDeps): CheckPorts["door"] {
  const known = doors.get(deps) ?? makeDoor(deps);
  doors.set(deps, known);
  return known;
}

function makeDoor(deps: HttpDeps): CheckPorts["door"] {
  const uncounted = { ...deps, refusals: { note: () => {} } };
  const app = makeApp({ depsFor: () => uncounted, log });
  return async (request) => app.fetch(request, {});
}
