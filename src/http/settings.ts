/** A merchant's configuration and credentials over the API: only its own, with the scope `admin`. */
import type * as z from "zod";
import { errorMessage, HOUR_MS, once, type Result, unreachable } from "#base";
import {
  type ConfigRefusal,
  type ConfigVersion,
  CREDENTIAL_FORMS,
  credentialKind,
  credentialName,
  type CredentialView,
} from "#door";
import { isAllowedNotifyUrl } from "#events";
import { Problem } from "#problems";
import { changedBy } from "./changed-by.ts";
import { type Call, jsonAnswer, noBody, type Operation } from "./operation.ts";
import {
  putConfigSchema,
  putCredentialSchema,
  putCredentialSchemaOf,
  rollBackConfigSchema,
} from "./settings-schemas.ts";
import { invalidField, validate } from "./validate.ts";

const VAULT_RETRY_AFTER_SEC = 2;
const VERSION = /^\d{1,9}$/;

/** `GET /api/admin/config/{merchantId}`, with `?version=` an older one. */
export const configOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: showConfig,
};

/** `GET /api/admin/config/{merchantId}/history`: who changed what, when and why. */
export const configHistoryOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: showHistory,
};

/** `PUT /api/admin/config/{merchantId}`: a new version, by who has seen the newest one. */
export const putConfigOperation = once((): Operation<ReturnType<typeof putConfigSchema>> => ({
  scope: "admin",
  rateClass: "security",
  schema: putConfigSchema(),
  handle: putConfig,
}));

/** `POST /api/admin/config/{merchantId}/rollback`: a new version with the content of an older one. */
export const rollBackConfigOperation = once(
  (): Operation<ReturnType<typeof rollBackConfigSchema>> => ({
    scope: "admin",
    rateClass: "security",
    schema: rollBackConfigSchema(),
    handle: rollBackConfig,
  }),
);

/** `GET /api/admin/credentials/{merchantId}`: names and versions, never a value. */
export const credentialsOperation: Operation<typeof noBody> = {
  scope: "admin",
  rateClass: "security",
  schema: noBody,
  handle: listCredentials,
};

/** `PUT /api/admin/credentials/{merchantId}/{name}`: write-only. */
export const putCredentialOperation = once(
  (): Operation<ReturnType<typeof putCredentialSchema>> => ({
    scope: "admin",
    rateClass: "security",
    schema: putCredentialSchema(),
    handle: putCredential,
  }),
);

async function showConfig(call: Call<undefined>): Promise<Response> {
  const { deps, merchant } = ownMerchant(call);
  const version = numberFrom(call, "version");
  const found = await vaultAnswer(call, () => deps.settings.config(merchant.id, version));
  if (!found) throw new Problem("config_version_not_found");
  return jsonAnswer(200, JSON.stringify(configAnswer(call, found)));
}

async function showHistory(call: Call<undefined>): Promise<Response> {
  const { deps, merchant } = ownMerchant(call);
  const before = numberFrom(call, "before");
  const page = await vaultAnswer(call, () => deps.settings.history(merchant.id, before));
  const versions = page.versions.map((version) => ({
    ...versionAnswer(version),
    changes: parsed(version.changes),
  }));
  return jsonAnswer(200, JSON.stringify({ versions, next: page.next }));
}

async function putConfig(
  call: Call<z.output<ReturnType<typeof putConfigSchema>>>,
): Promise<Response> {
  const { body, deps, merchant } = ownMerchant(call);
  const { config, reason, expectedVersion } = body;
  const { notifyUrl } = config;
  if (notifyUrl !== undefined && !isAllowedNotifyUrl(notifyUrl, deps.urlPolicy)) {
    throw invalidField("/config/notifyUrl", "custom", "a public https address");
  }
  const by = changedBy(call);
  const order = { config: JSON.stringify(config), reason, expectedVersion, by };
  const result = await vaultAnswer(call, () => deps.settings.putConfig(merchant.id, order));
  return changedAnswer(call, result);
}

async function rollBackConfig(
  call: Call<z.output<ReturnType<typeof rollBackConfigSchema>>>,
): Promise<Response> {
  const { body, deps, merchant } = ownMerchant(call);
  const order = { ...body, by: changedBy(call) };
  const result = await vaultAnswer(call, () => deps.settings.rollBackConfig(merchant.id, order));
  return changedAnswer(call, result);
}

async function listCredentials(call: Call<undefined>): Promise<Response> {
  const { deps, merchant } = ownMerchant(call);
  const all = await vaultAnswer(call, () => deps.settings.credentials(merchant.id));
  return jsonAnswer(200, JSON.stringify({ credentials: all.map(credentialAnswer) }));
}

async function putCredential(
  call: Call<z.output<ReturnType<typeof putCredentialSchema>>>,
): Promise<Response> {
  const { body, c, deps, merchant } = ownMerchant(call);
  const name = credentialName(c.req.param("name") ?? "");
  if (name === undefined) throw new Problem("credential_not_found");
  const form = CREDENTIAL_FORMS[credentialKind(name)]();
  const { value, reason, overlapHours } = validate(putCredentialSchemaOf(form), body);
  const order = {
    name,
    value: JSON.stringify(value),
    reason,
    overlapMs: overlapHours * HOUR_MS,
    by: changedBy(call),
  };
  const set = await vaultAnswer(call, () => deps.settings.putCredential(merchant.id, order));
  if (!set.ok) throw new Problem("state_conflict", { detail: "Too many credentials." });
  return jsonAnswer(200, JSON.stringify(credentialAnswer(set.value)));
}

/** Another merchant's id is answered like nobody's. */
function ownMerchant<Body>(call: Call<Body>): Call<Body> {
  if (call.c.req.param("merchantId") !== call.merchant.id) throw new Problem("merchant_not_found");
  return call;
}

/** A number in the query, where there is one. */
function numberFrom({ c }: Call<undefined>, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined) return undefined;
  if (!VERSION.test(text)) throw invalidField(`/${name}`, "invalid_format", "a version's number");
  return Number(text);
}

async function vaultAnswer<Value>(
  { deps, merchant }: Call<unknown>,
  ask: () => Promise<Value>,
): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    const fields = { merchantId: merchant.id, error: errorMessage(error) };
    deps.log("error", "the vault does not answer", fields);
    throw new Problem("admission_unavailable", {
      detail: "The vault does not answer. Look at what counts before you repeat a change.",
      headers: { "retry-after": String(VAULT_RETRY_AFTER_SEC) },
    });
  }
}

function changedAnswer(
  call: Call<unknown>,
  result: Result<ConfigVersion, ConfigRefusal>,
): Response {
  if (result.ok) return jsonAnswer(200, JSON.stringify(configAnswer(call, result.value)));
  const { refusal } = result;
  switch (refusal) {
    case "version_conflict":
      throw new Problem("version_conflict");
    case "version_unknown":
      throw invalidField("/toVersion", "unknown_version", "a version that the history has");
    default:
      return unreachable(refusal);
  }
}

function configAnswer({ merchant }: Call<unknown>, version: ConfigVersion) {
  return {
    merchantId: merchant.id,
    ...versionAnswer(version),
    config: parsed(version.config),
  };
}

function versionAnswer({ version, source, reason, rolledBackTo, ...change }: ConfigVersion) {
  const { changedAtMs: changedAt, changedBy: keyId } = change;
  return { version, source, changedAt, changedBy: keyId, reason, rolledBackTo };
}

function parsed(json: string): unknown {
  return JSON.parse(json);
}

function credentialAnswer({ setAtMs, accepted, ...credential }: CredentialView) {
  return {
    ...credential,
    setAt: setAtMs,
    accepted: accepted.map(({ version, untilMs }) => ({ version, until: untilMs })),
  };
}
