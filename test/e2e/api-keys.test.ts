import { expect, it } from "vitest";
import { createClient } from "#client";
import { freshId, problemOf, request, stack } from "./scenario.ts";
import { operatorCall } from "./stack.ts";

/** An operator's call to the API keys' endpoints. */
async function operate(path: string): Promise<Record<string, unknown>> {
  const { status, json } = await operatorCall(stack, `/api/payments/api-keys${path}`);
  expect(status).toBeLessThan(300);
  return json;
}

function clientWith({ id, secret }: Record<string, unknown>) {
  const key = { keyId: String(id), secret: String(secret) };
  return createClient({ baseUrl: stack.gateway, ...key, retries: 0 });
}

it("I11, I12: a key is made, used, rotated and revoked over real HTTP", async () => {
  const made = await operate("");
  const id = freshId();
  await clientWith(made).initiate(request(id));
  const next = await operate(`/${String(made["id"])}/rotate`);
  expect(await clientWith(made).status(id)).toMatchObject({ state: "PENDING" });
  expect(await clientWith(next).status(id)).toMatchObject({ state: "PENDING" });
  await operate(`/${String(made["id"])}/revoke`);
  expect((await problemOf(clientWith(made).status(id))).code).toBe("key_revoked");
  expect(await clientWith(next).status(id)).toMatchObject({ state: "PENDING" });
});
