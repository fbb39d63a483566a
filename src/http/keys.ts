/** The gateway's own keys (api.md 7): rotated on demand, and what may be told of them. */
import * as z from "zod";
import { errorMessage, once } from "#base";
import { KEY_NAMES, type KeyInventory } from "#door";
import { Problem } from "#problems";
import { changedBy } from "./changed-by.ts";
import type { HttpDeps } from "./deps.ts";
import { noted } from "./noted.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";

const REGISTRY_RETRY_AFTER_SEC = 5;

export const rotateKeysSchema = once(() =>
  z.strictObject({
    keys: noted(
      z.array(z.enum(KEY_NAMES)).min(1).max(KEY_NAMES.length).optional(),
      "Which to rotate. Absent: all.",
    ),
  }),
);

/** `POST /api/payments/rotate-keys`: new versions at once; what older ones closed opens all the same (GCM-8, I12). */
export const rotateKeysOperation = once((): Operation<ReturnType<typeof rotateKeysSchema>> => ({
  scope: "security:write",
  rateClass: "security",
  schema: rotateKeysSchema(),
  handle: rotateKeys,
}));

/** `GET /api/payments/keys`: names, states and times; never material (GCM-11, PCI-3.6.1.1). */
export const listKeysOperation: Operation<typeof noBody> = {
  scope: "security:read",
  rateClass: "security",
  schema: noBody,
  handle: listKeys,
};

async function rotateKeys(
  call: Call<z.output<ReturnType<typeof rotateKeysSchema>>>,
): Promise<Response> {
  const { body, deps, merchant } = call;
  const names = [...new Set(body.keys ?? KEY_NAMES)];
  const by = { ...changedBy(call), merchantId: merchant.id };
  const versions = await orUnavailable(deps, () => deps.keys.rotate(names, by));
  return jsonAnswer(200, JSON.stringify({ versions }));
}

async function listKeys({ deps, merchant }: Call<undefined>): Promise<Response> {
  const inventory = await orUnavailable(deps, () => deps.keys.inventory(merchant.id));
  return jsonAnswer(200, JSON.stringify(inventoryAnswer(inventory)));
}

/** One object is the registry: while it does not answer, nothing else depends on it. */
async function orUnavailable<Value>({ log }: HttpDeps, ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    log("error", "the key registry does not answer", { error: errorMessage(error) });
    throw new Problem("admission_unavailable", {
      detail: "The key registry does not answer: repeat the call.",
      headers: { "retry-after": String(REGISTRY_RETRY_AFTER_SEC) },
    });
  }
}

function inventoryAnswer({ names, keys, rewrap }: KeyInventory) {
  const { state, done, left, failed, unreadable, startedAtMs, endedAtMs } = rewrap;
  return {
    names: names.map(({ name, version, rotatedAtMs, dueAtMs }) => ({
      name,
      version,
      rotatedAt: rotatedAtMs,
      dueAt: dueAtMs,
    })),
    keys: keys.map((key) => ({
      id: key.id,
      kind: key.kind,
      purpose: key.purpose,
      state: key.state,
      madeAt: key.madeAtMs,
      dueAt: key.dueAtMs,
      inUse: key.inUse,
    })),
    rewrap: { state, done, left, failed, unreadable, startedAt: startedAtMs, endedAt: endedAtMs },
  };
}
