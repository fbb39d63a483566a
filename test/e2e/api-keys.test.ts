import { expect, it } from "vitest";
import { createClient, signRequest } from "#client";
import { freshId, problemOf, request, stack } from "./scenario.ts";

/** An operator's call to the API keys' endpoints. */
async function operate(path: string): Promise<Record<string, unknown>> {
  const signed = await signRequest(
    { method: "POST", url: `${stack.gateway}/api/payments/api-keys${path}` },
    stack.keys.operator,
    { createdSec: Math.floor(Date.now() / 1_000) },
  );
  const response = await fetch(signed.url, { method: "POST", headers: signed.headers });
  expect(response.ok).toBe(true);
  const answer: Record<string, unknown> = JSON.parse(await response.text());
  return answer;
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
