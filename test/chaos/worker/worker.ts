/** The gateway as it is deployed, with a way in for the one who moves clocks and causes harm. */
import { Hono } from "hono";
import * as z from "zod";
import gateway from "../../../src/index.ts";
import { bentEnv, type ChaosBindings } from "./objects.ts";
import {
  changeSchema,
  forgetCalls,
  isBusy,
  prepare,
  setWorld,
  timeOf,
  unbentFetch,
  within,
  worldOf,
} from "./scopes.ts";

export {
  AuditObject,
  BackupObject,
  ClaimObject,
  CustomerObject,
  GateObject,
  KeyRegistryObject,
  LedgerObject,
  PayloadKeyObject,
  ProfileObject,
  RefusalObject,
  SelfTestObject,
  VaultObject,
} from "../../../src/index.ts";
export { BreakerObject, PaymentObject, TokenObject } from "./objects.ts";

const QUIET_MS_MAX = 20_000;
const app = new Hono<{ Bindings: ChaosBindings }>();

app.put("/chaos/:merchantId", async (c) => {
  const change = changeSchema.parse(await c.req.json());
  const defined = Object.fromEntries(Object.entries(change).filter(([, to]) => to !== undefined));
  return c.json(setWorld(c.req.param("merchantId"), defined));
});

const runSchema = z.object({ forMs: z.int().min(0), alarms: z.int().min(1).max(2) });

/** Lets a payment live for so long: from alarm to alarm, each after the answers to the one before. */
app.post("/chaos/:merchantId/:orderId/run", async (c) => {
  const { merchantId, orderId } = c.req.param();
  const { forMs, alarms } = runSchema.parse(await c.req.json());
  const { sandbox } = prepare(c.env.CHAOS);
  const clock = `${sandbox}/books/${merchantId}/admin/clock`;
  const moveTo = async (atMs: number) => {
    const offsetMs = worldOf(merchantId).offsetMs + Math.max(0, atMs - timeOf(merchantId));
    const body = JSON.stringify({ offsetMs });
    await (await unbentFetch(clock, { method: "PUT", body })).text();
    setWorld(merchantId, { offsetMs });
  };
  const payment = c.env.PAYMENTS.getByName(`${merchantId}/${orderId}`);
  const untilMs = timeOf(merchantId) + forMs;
  const { skewMs } = worldOf(merchantId);
  await quiet(merchantId);
  let fired = 0;
  for (;;) {
    const dueAtMs = await payment.dueAtMs();
    if (dueAtMs === null || dueAtMs - skewMs > untilMs) break;
    await moveTo(dueAtMs - skewMs);
    await payment.fireAlarm(dueAtMs, alarms);
    await quiet(merchantId);
    fired += 1;
  }
  await moveTo(untilMs);
  return c.json({ nowMs: timeOf(merchantId), fired });
});

app.post("/chaos/:merchantId/quiet", async (c) => {
  await quiet(c.req.param("merchantId"));
  return c.json({});
});

app.post("/chaos/:merchantId/:orderId/die", async (c) => {
  const { merchantId, orderId } = c.req.param();
  try {
    await c.env.PAYMENTS.getByName(`${merchantId}/${orderId}`).die();
  } catch {
    // The call that kills an object breaks off with it.
  }
  forgetCalls(merchantId);
  return c.json({});
});

/** The gateway sees the request in the scope of the merchant whose key signed it. */
function atTheDoor(request: Request, env: ChaosBindings, ctx: ExecutionContext) {
  const input = request.headers.get("signature-input") ?? "";
  const [, merchantId] = /keyid="ak_([^"]+)"/.exec(input) ?? [];
  const serve = () => gateway.fetch(request, bentEnv(env), ctx);
  return merchantId === undefined ? serve() : within({ merchantId, place: "door" }, serve);
}

/** Waits until nothing that the merchant's objects asked for is under way. */
async function quiet(merchantId: string): Promise<void> {
  const endMs = performance.now() + QUIET_MS_MAX;
  let still = 0;
  while (still < 2 && performance.now() < endMs) {
    still = isBusy(merchantId) ? 0 : still + 1;
    await scheduler.wait(still === 0 ? 5 : 1);
  }
}

export default {
  fetch(request: Request, env: ChaosBindings, ctx: ExecutionContext) {
    const forUs = new URL(request.url).pathname.startsWith("/chaos/");
    return forUs ? app.fetch(request, env) : atTheDoor(request, env, ctx);
  },
};
