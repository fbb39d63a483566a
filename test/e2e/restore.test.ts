import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { addMissingBytes } from "../dev/node-bytes.ts";
import { freePort, ROOT } from "../dev/processes.ts";
import { fakeS3 } from "../support/fake-s3.ts";
import { booksOf } from "./books.ts";
import { clientOf, operatorCall, type Stack, startStack } from "./stack.ts";

addMissingBytes();

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

/** What a cron does. */
async function makeBackup(): Promise<void> {
  const cron = encodeURIComponent("17 * * * *");
  const fired = await fetch(`${stack.address.gateway}/cdn-cgi/handler/scheduled?cron=${cron}`);
  expect(fired.status).toBe(200);
  await vi.waitFor(() => expect(stack.logs()).toContain('"message":"backup done"'), 20_000);
}

/** Every object and all of KV: only the buckets are left. */
async function loseAllObjects(): Promise<void> {
  const state = join(stack.stateDir, "v3");
  const others = (await readdir(state)).filter((name) => name !== "r2");
  expect(others).toContain("do");
  for (const name of others) await rm(join(state, name), { recursive: true });
}

/** A store that speaks S3, as a process of this machine. */
async function startFakeStore() {
  const port = await freePort();
  const store = fakeS3(`http://127.0.0.1:${port}`);
  const server = createServer((request, answer) => {
    void takeRequest(request).then(({ status, text }) => answer.writeHead(status).end(text));
  });
  async function takeRequest(request: IncomingMessage) {
    const { method = "GET", url = "/", headers } = request;
    const body = await text(request);
    const asked = new Request(`http://127.0.0.1:${port}${url}`, {
      method,
      headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
      ...(method === "PUT" ? { body } : {}),
    });
    const response = await store.fetch(asked);
    return { status: response.status, text: await response.text() };
  }
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { store, stop: () => server.close() };
}

/** `npm run restore`, as an operator calls it. */
async function restore(token: string) {
  const { gateway, keys } = stack.address;
  const child = spawn("npm", ["run", "--silent", "restore", "--", "--to", gateway], {
    cwd: ROOT,
    env: {
      ...process.env,
      RESTORE_TOKEN: token,
      ADMIN_KEY_ID: keys.operator.keyId,
      ADMIN_KEY_SECRET: keys.operator.secret,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, output };
}

it("27: a deployment that lost every object is restored from its bucket, and money moves on", async () => {
  const client = clientOf(stack.address);
  const books = booksOf(stack.address);
  const request = { amount: 49_900, redirectUrl: "http://localhost:8788/shop/return" };
  for (const merchantOrderId of ["kept-1", "kept-2", "kept-3"]) {
    await client.initiate({ ...request, merchantOrderId });
  }
  await books.settle("kept-1", "success");
  await vi.waitFor(async () => expect((await client.status("kept-1")).state).toBe("COMPLETED"), {
    timeout: 20_000,
    interval: 200,
  });
  const made = await operatorCall(stack.address, "/api/payments/api-keys", { content: {} });
  expect(made.status).toBe(201);
  await vi.waitFor(
    async () => {
      const { json } = await operatorCall(stack.address, "/api/payments/audit", { method: "GET" });
      expect(JSON.stringify(json)).toContain("kept-3");
    },
    { timeout: 20_000, interval: 500 },
  );
  await makeBackup();
  const before = await client.status("kept-1");

  const token = randomBytes(32).toString("base64url");
  const india = await startFakeStore();
  const RESIDENCY = JSON.stringify(india.store.settings);
  await stack.restartGateway({
    meanwhile: loseAllObjects,
    vars: { RESTORE_TOKEN: token, RESIDENCY },
  });
  await expect(client.status("kept-1")).rejects.toMatchObject({ code: "payment_not_found" });
  await expect(client.initiate({ ...request, merchantOrderId: "too-early" })).rejects.toMatchObject(
    { status: 503 },
  );
  const restored = await restore(token);
  expect(restored).toEqual({ code: 0, output: expect.stringContaining('"restored":3') });

  await stack.restartGateway({ vars: { RESIDENCY } });
  const { security: _, ...after } = await client.status("kept-1");
  expect(before).toMatchObject(after);
  await books.settle("kept-2", "success");
  await vi.waitFor(async () => expect((await client.status("kept-2")).state).toBe("COMPLETED"), {
    timeout: 30_000,
    interval: 200,
  });
  const refund = await client.refund({
    merchantOrderId: "kept-1",
    merchantRefundId: "back-1",
    amount: 100,
  });
  expect(refund.amount).toBe(100);
  const list = await operatorCall(stack.address, "/api/payments/api-keys", { method: "GET" });
  expect(JSON.stringify(list.json)).toContain(String(made.json["id"]));

  // From here on everything rests in India, what rested in R2 before too.
  await makeBackup();
  const report = await operatorCall(stack.address, "/api/admin/residency", { method: "GET" });
  expect(report.json).toMatchObject({ mode: "on", localized: true, findings: [] });
  expect([...india.store.files.keys()].join()).toMatch(/backups\/chunks\/.*backups\/manifests\//);
  expect([...india.store.files.values()].join()).not.toContain("kept-1");
  india.stop();
});
