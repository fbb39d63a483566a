/** A merchant's API keys (api.md 1): made, listed, rotated with an overlap, revoked. */
import { once } from "#base";
import { type ApiKeyRecord, endsAtMs, type MadeKey, stateOf } from "#door";
import { Problem } from "#problems";
import type * as z from "zod";
import { createApiKeySchema, rotateApiKeySchema } from "./api-key-schemas.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import { invalidField } from "./validate.ts";

const HOUR_MS = 3_600_000;

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

async function createApiKey({
  apiKey,
  body,
  deps,
  merchant,
}: Call<z.output<ReturnType<typeof createApiKeySchema>>>): Promise<Response> {
  if (body.expiresAt !== undefined && body.expiresAt <= deps.nowMs()) {
    throw invalidField("/expiresAt", "too_small", "a moment that is yet to come");
  }
  const made = await deps.apiKeys.create(merchant.id, {
    name: body.name ?? null,
    scopes: [...new Set(body.scopes)],
    tier: body.tier ?? apiKey.tier,
    allowIps: body.allowIps ?? null,
    expiresAtMs: body.expiresAt ?? null,
    rotateEveryDays: body.rotateEveryDays,
  });
  if (!made.ok) {
    throw new Problem("state_conflict", { detail: "Too many living keys: revoke some first." });
  }
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

async function rotateApiKey({
  body,
  c,
  deps,
  merchant,
}: Call<z.output<ReturnType<typeof rotateApiKeySchema>>>): Promise<Response> {
  const overlapMs = body.overlapHours * HOUR_MS;
  const rotated = await deps.apiKeys.rotate(merchant.id, c.req.param("id") ?? "", overlapMs);
  if (!rotated.ok && rotated.refusal === "not_found") throw new Problem("api_key_not_found");
  if (!rotated.ok) {
    throw new Problem("state_conflict", {
      detail: "Only a living key without a successor is rotated.",
    });
  }
  const { predecessor, ...made } = rotated.value;
  const predecessorEndsAt = endsAtMs(predecessor);
  const answer = { ...madeAnswer(made, deps.nowMs()), predecessorEndsAt };
  return jsonAnswer(201, JSON.stringify(answer));
}

async function revokeApiKey({ c, deps, merchant }: Call<undefined>): Promise<Response> {
  const revoked = await deps.apiKeys.revoke(merchant.id, c.req.param("id") ?? "");
  if (!revoked.ok) throw new Problem("api_key_not_found");
  const { id, revokedAtMs } = revoked.value;
  return jsonAnswer(200, JSON.stringify({ id, revoked: true, revokedAt: revokedAtMs }));
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
