/** Ports of the self-test: the Worker's own entry, keys in the merchant's vault, and what only the gateway can look at. */
import { exports } from "cloudflare:workers";
import * as z from "zod";
import {
  type AuditEvent,
  type ChangedBy,
  DAY_MS,
  errorMessage,
  formatCidr,
  type MerchantId,
  once,
  randomId,
  sha256Hex,
} from "#base";
import { signRequest } from "#client";
import { deliverNotification } from "#events";
import type { SelfTestApi } from "#http";
import type { SelfTestDeps, SelfTestPorts } from "#ops-objects";
import { paymentObjectName } from "#payments";
import { keyedHash } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, sleep } from "../platform.ts";
import { appendAudit } from "./audit.ts";
import { notifierPorts } from "./events.ts";
import { healthPorts } from "./health.ts";
import { keyPorts } from "./keys.ts";
import { merchantsOf } from "./merchants.ts";

const ACTOR = "self-test";
const namedSchema = once(() => z.object({ paymentId: z.string() }));
/** So many others are looked at for a payment. */
const OTHERS_MAX = 5;
/** What is due is replaced by the job of its owner, within hours; after that nobody does. */
const OVERDUE_MS = DAY_MS;

/** What a merchant's self-test object works with. */
export function wireSelfTest(env: Bindings): SelfTestDeps {
  const { keyring } = configOf(env);
  return {
    nowMs: clock,
    log,
    portsOf: (merchantId) => portsOf(env, merchantId),
    sign: (merchantId, text) => keyedHash(keyring, "self_test", JSON.stringify([merchantId, text])),
    async alert(merchantId, alert) {
      const outcome = await deliverNotification(notifierPorts(env), merchantId, alert);
      return outcome.type !== "retry";
    },
  };
}

/** What operators may do with it. */
export function selfTestPorts(env: Bindings): SelfTestApi {
  const job = (merchantId: MerchantId) => env.SELF_TESTS.getByName(merchantId);
  return {
    async begin(merchantId, by) {
      const { runId } = await job(merchantId).begin();
      await appendAudit(env, merchantId, [startedEvent(runId, by)]);
      return runId;
    },
    run: (merchantId, runId) => job(merchantId).run(runId),
  };
}

/** Every hour, for every merchant. */
export async function beginSelfTests(env: Bindings): Promise<void> {
  const { directory, restoreToken } = configOf(env);
  if (restoreToken !== undefined) return; // No door is as it should be while a deployment is restored into.
  for (const merchantId of directory.merchants.keys()) {
    try {
      await env.SELF_TESTS.getByName(merchantId).begin();
    } catch (error) {
      log("error", "self-test not begun", { merchantId, error: errorMessage(error) });
    }
  }
}

function startedEvent(runId: string, by: ChangedBy): AuditEvent {
  return {
    id: `self-test/${by.requestId}`,
    atMs: clock(),
    actor: { type: "api_key", id: by.keyId },
    action: "self_test.started",
    object: { type: "self_test", id: runId },
    outcome: "success",
    requestId: by.requestId,
    address: by.address,
    details: {},
  };
}

async function portsOf(env: Bindings, merchantId: MerchantId): Promise<SelfTestPorts> {
  const [allowed] = (await merchantsOf(env).merchant(merchantId))?.allowIps ?? [];
  return {
    merchantId,
    nowMs: clock,
    log,
    sleep,
    address: allowed === undefined ? null : (formatCidr(allowed).split("/")[0] ?? null),
    // The entry that every request of the world comes in by.
    fetch: (request) => exports.default.fetch(request),
    sign: async (call, key, moment) => (await signRequest(call, key, moment)).headers,
    ...vaultPorts(env, merchantId),
    foreignPayment: () => foreignPayment(env, merchantId),
    canary: () => canaryOf(env, merchantId),
    throughAudit: (runId, texts) => throughAudit(env, { merchantId, runId }, texts),
    auditChain: () => env.AUDITS.getByName(merchantId).daily(),
    overdueKeys: () => overdueKeys(env, merchantId),
    async token() {
      const checks = await healthPorts(env).checksOf(merchantId);
      return (await checks.find(({ id }) => id.startsWith("token:"))?.run()) ?? null;
    },
  };
}

/** A self-test asks by itself. */
const by = () => ({ keyId: ACTOR, requestId: randomId("req"), address: null });

function vaultPorts(
  env: Bindings,
  merchantId: MerchantId,
): Pick<SelfTestPorts, "isKeyEnded" | "makeKey" | "revokeKey"> {
  const vault = () => env.VAULTS.getByName(merchantId);
  return {
    async makeKey({ scopes, expiresAtMs }) {
      const order = {
        name: ACTOR,
        tier: "standard",
        allowIps: null,
        rotateEveryDays: null,
      } as const;
      const made = await vault().createKey({ ...order, scopes: [...scopes], expiresAtMs }, by());
      if (!made.ok) throw new Error("the merchant has too many keys");
      await merchantsOf(env).renew(merchantId); // Runs that follow each other need not wait to be known.
      return { keyId: made.value.record.id, secret: made.value.secret };
    },
    async revokeKey(keyId) {
      const revoked = await vault().revokeKey(keyId, by());
      if (!revoked.ok) throw new Error(`not revoked: ${revoked.refusal}`);
    },
    async isKeyEnded(keyId) {
      const record = (await vault().listKeys()).find(({ id }) => id === keyId);
      return record === undefined || record.revokedAtMs !== null;
    },
  };
}

/** A payment of the last day, of the first other merchant that has one. */
async function foreignPayment(
  env: Bindings,
  own: MerchantId,
): ReturnType<SelfTestPorts["foreignPayment"]> {
  const after = { recordedAtMs: clock() - DAY_MS, merchantOrderId: "" };
  const others = [...configOf(env).directory.merchants.keys()].filter((id) => id !== own);
  for (const other of others.slice(0, OTHERS_MAX)) {
    const [row] = await env.LEDGERS.getByName(other).recorded(after, 1);
    if (!row) continue;
    const { merchantOrderId } = row;
    const name = paymentObjectName(other, merchantOrderId);
    const text = await env.PAYMENTS.getByName(name).exportPerson();
    if (text === null) continue;
    const { paymentId } = namedSchema().parse(JSON.parse(text));
    return { merchantOrderId, paymentId };
  }
  return null;
}

/** Only where no money moves: development talks to a sandbox. */
async function canaryOf(
  env: Bindings,
  merchantId: MerchantId,
): ReturnType<SelfTestPorts["canary"]> {
  if (configOf(env).environment !== "development") return null;
  const phonepe = (await merchantsOf(env).merchant(merchantId))?.phonepe;
  if (!phonepe) return null;
  const { webhookPassword, webhookUsername } = phonepe;
  return { webhookAuthorization: await sha256Hex(`${webhookUsername}:${webhookPassword}`) };
}

/** Takes texts the way of every event, and reads what is kept of them. */
async function throughAudit(
  env: Bindings,
  { merchantId, runId }: { readonly merchantId: MerchantId; readonly runId: string },
  texts: readonly string[],
): Promise<string | null> {
  await appendAudit(env, merchantId, [
    {
      id: `self-test/${runId}`,
      atMs: clock(),
      actor: { type: "system", id: ACTOR },
      action: "self_test.masked",
      object: { type: "self_test", id: runId },
      outcome: "success",
      requestId: null,
      address: null,
      details: { texts: [...texts], together: texts.join(" ") },
    },
  ]);
  const query = { action: "self_test.masked", object: runId, limit: 1, before: null };
  const { entries } = await env.AUDITS.getByName(merchantId).search(
    { ...query, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
    by(),
  );
  return entries[0]?.eventJson ?? null;
}

/** The gateway's own keys, and API keys whose rotation was planned. */
async function overdueKeys(env: Bindings, merchantId: MerchantId): Promise<string[]> {
  const beforeMs = clock() - OVERDUE_MS;
  const [{ keys, names }, apiKeys] = await Promise.all([
    keyPorts(env, configOf(env)).inventory(merchantId),
    env.VAULTS.getByName(merchantId).listKeys(),
  ]);
  const isDue = (dueAtMs: number | null) => dueAtMs !== null && dueAtMs < beforeMs;
  return [
    ...names.filter(({ dueAtMs }) => isDue(dueAtMs)).map(({ name }) => name),
    ...keys
      .filter(({ dueAtMs, state }) => state === "active" && isDue(dueAtMs))
      .map(({ id }) => id),
    ...apiKeys
      .filter((key) => key.revokedAtMs === null && key.successor === null && isDue(key.rotateAtMs))
      .map(({ id }) => id),
  ];
}
