/** Steps that the tests of the settings' endpoints start with. */
import { expect } from "vitest";
import type { TestAnswer, TestCall } from "../support/call.ts";
import { callAsPromised } from "./as-promised.ts";

export const CONFIG = "/api/admin/config";
const CREDENTIALS = "/api/admin/credentials";

/** A call to one of the endpoints. */
function ask(request: TestCall): Promise<TestAnswer> {
  const path = request.path
    .replace(/\?.*$/, "")
    .replace(/(config|credentials)\/[^/]+/, "$1/:merchantId")
    .replace(/(credentials\/:merchantId)\/.+$/, "$1/:name");
  return callAsPromised(path, request);
}

type More = Partial<TestCall>;

export const getConfig = (merchantId: string, more: More & { query?: string } = {}) =>
  ask({ path: `${CONFIG}/${merchantId}${more.query ?? ""}`, ...more });

export const getHistory = (merchantId: string, more: More & { query?: string } = {}) =>
  ask({ path: `${CONFIG}/${merchantId}/history${more.query ?? ""}`, ...more });

export const putConfig = (merchantId: string, body: unknown, more: More = {}) =>
  ask({ method: "PUT", path: `${CONFIG}/${merchantId}`, body, ...more });

export const rollBack = (merchantId: string, body: unknown, more: More = {}) =>
  ask({ path: `${CONFIG}/${merchantId}/rollback`, body, ...more });

export const listCredentials = (merchantId: string, more: More = {}) =>
  ask({ path: `${CREDENTIALS}/${merchantId}`, ...more });

export const putCredential = (path: string, body: unknown, more: More = {}) =>
  ask({ method: "PUT", path: `${CREDENTIALS}/${path}`, body, ...more });

/** The newest version, as a writer has to name it. */
export async function newestVersion(merchantId: string, more: More = {}): Promise<number> {
  return Number((await getConfig(merchantId, more)).json["version"]);
}

/** A change of the configuration that is taken. */
export async function change(
  merchantId: string,
  config: object,
  more: More = {},
): Promise<TestAnswer> {
  const expectedVersion = await newestVersion(merchantId, more);
  const answer = await putConfig(merchantId, { config, reason: "test", expectedVersion }, more);
  expect(answer.status).toBe(200);
  return answer;
}

/** Credentials that pass. */
export const phonepeValue = (name: string, more: object = {}) => ({
  clientId: `CLIENT_${name}`,
  clientSecret: `client-secret-${name}`,
  clientVersion: 2,
  webhookUsername: `user_${name}`,
  webhookPassword: `hookPassword${name}`,
  ...more,
});
