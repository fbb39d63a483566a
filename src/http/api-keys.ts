/** A merchant's API keys (api.md 1): made, listed, rotated with an overlap, revoked. */
import { HOUR_MS, once, unreachable } from "#base";
import { type ApiKeyRecord, endsAtMs, type MadeKey, stateOf } from "#door";
import { Problem } from "#problems";
import type * as z from "zod";
import { createApiKeySchema, rotateApiKeySchema } from "./api-key-schemas.ts";
import { changedBy } from "./changed-by.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

/** How soon a gate that did not answer is worth asking again. */
const GATE_RETRY_AFTER_SEC = 2;

/** `POST /api/payments/api-keys`: the one answer that holds the secret. */
export const createApiKeyOperation = once((): Operation<ReturnType<typeof createApiKeySchema>> => ({
  scope: "admin",
  rateClass: "security",
  schema: createApiKeySchema(),
  bodyOptional: true,
  handle: createApiKey,
}));

/** `GET /api/payments/api-keys`, those of the configuration too. */
export const listApiKeysOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: listApiKeys,
};

/** `POST /api/payments/api-keys/{id}/rotate`: a successor; both work until the overlap ends. */
export const rotateApiKeyOperation = once((): Operation<ReturnType<typeof rotateApiKeySchema>> => ({
  scope: "admin",
  rateClass: "security",
  schema: rotateApiKeySchema(),
  bodyOptional: true,
  handle: rotateApiKey,
}));

/** `POST /api/payments/api-keys/{id}/revoke`: refused from the next admission on (I11). */
export const revokeApiKeyOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: revokeApiKey,
};

async function createApiKey(
  call: Call<z.output<ReturnType<typeof createApiKeySchema>>>,
): Promise<Response> {
  const { apiKey, body, deps, merchant } = call;
  if (body.expiresAt !== undefined && body.expiresAt <= deps.nowMs()) {
    throw invalidField("/expiresAt", "too_small", "a moment that is yet to come");
  }
  const order = {
    name: body.name ?? null,
    scopes: [...new Set(body.scopes)],
    tier: body.tier ?? apiKey.tier,
    allowIps: body.allowIps ?? null,
    expiresAtMs: body.expiresAt ?? null,
    rotateEveryDays: body.rotateEveryDays,
  };
  const made = await deps.apiKeys.create(merchant.id, order, changedBy(call));
  if (!made.ok) throw tooMany();
  return jsonAnswer(201, JSON.stringify(madeAnswer(made.value, deps.nowMs())));
}

async function listApiKeys({ deps, merchant }: Call<undefined>): Promise<Response> {
  const keys = await deps.apiKeys.list(merchant.id);
  const apiKeys = keys.map((record) => ({
    ...recordAnswer(record, deps.nowMs()),
    source: record.source,
    endsAt: endsAtMs(record),
    successor: record.successor,
  }));
  return jsonAnswer(200, JSON.stringify({ apiKeys }));
}

async function rotateApiKey(
  call: Call<z.output<ReturnType<typeof rotateApiKeySchema>>>,
): Promise<Response> {
  const { body, c, deps, merchant } = call;
  const rotation = { id: c.req.param("id") ?? "", overlapMs: body.overlapHours * HOUR_MS };
  const rotated = await deps.apiKeys.rotate(merchant.id, rotation, changedBy(call));
  if (!rotated.ok) throw notRotated(rotated.refusal);
  const { predecessor, ...made } = rotated.value;
  const predecessorEndsAt = endsAtMs(predecessor);
  const answer = { ...madeAnswer(made, deps.nowMs()), predecessorEndsAt };
  return jsonAnswer(201, JSON.stringify(answer));
}

async function revokeApiKey(call: Call<undefined>): Promise<Response> {
  const { c, deps, merchant } = call;
  const id = c.req.param("id") ?? "";
  const revoked = await deps.apiKeys.revoke(merchant.id, id, changedBy(call));
  if (!revoked.ok) throw notRevoked(revoked.refusal);
  const { revokedAtMs } = revoked.value;
  return jsonAnswer(200, JSON.stringify({ id, revoked: true, revokedAt: revokedAtMs }));
}

function notRotated(refusal: "not_found" | "not_active" | "too_many"): Problem {
  switch (refusal) {
    case "not_found":
      return new Problem("api_key_not_found");
    case "not_active":
      return new Problem("state_conflict", {
        detail: "Only a living key without a successor is rotated.",
      });
    case "too_many":
      return tooMany();
    default:
      return unreachable(refusal);
  }
}

function notRevoked(refusal: "not_found" | "not_told"): Problem {
  if (refusal === "not_found") return new Problem("api_key_not_found");
  return new Problem("admission_unavailable", {
    detail: "The end of the key is noted, but not everywhere yet: repeat the call.",
    headers: { "retry-after": String(GATE_RETRY_AFTER_SEC) },
  });
}

function tooMany(): Problem {
  return new Problem("state_conflict", { detail: "Too many living keys: revoke some first." });
}

function madeAnswer({ record, secret }: MadeKey, nowMs: number) {
  const { id, ...rest } = recordAnswer(record, nowMs);
  return { id, secret, ...rest };
}

function recordAnswer(record: ApiKeyRecord, nowMs: number) {
  const { id, name, scopes, tier, allowIps, predecessor } = record;
  return {
    id,
    name,
    scopes,
    tier,
    allowIps,
    state: stateOf(record, nowMs),
    createdAt: record.createdAtMs,
    expiresAt: record.expiresAtMs,
    rotateAt: record.rotateAtMs,
    predecessor,
  };
}
