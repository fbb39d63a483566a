/**
 * A Worker that measures itself: how long `verifySignedRequest` takes with a warm key, beside a bare HMAC-SHA256 over
 * the same bytes. On this machine the clock runs while a Worker computes; on Cloudflare's network it stands still.
 */
import { type RequestToSign, type SignedRequest, signRequest } from "#client";
import { verifySignedRequest } from "#door";
import { dailySigningKey, parseDirectory } from "#vault";
import { signatureBase } from "../../../src/client/signature-base.ts";

const KEY = { keyId: "ak_bench", secret: "secret-of-the-benchmark" };
const ITERATIONS = 20_000;
const BLOCK = 500;

const REQUESTS: Readonly<Record<string, RequestToSign>> = {
  status: { method: "GET", url: "https://gateway.example/api/payments/status/order-4711" },
  initiate: {
    method: "POST",
    url: "https://gateway.example/api/payments/initiate",
    body: JSON.stringify({
      merchantOrderId: "order-4711",
      amount: 49_900,
      redirectUrl: "https://shop.example/orders/back",
      metaInfo: { udf1: "bench", udf2: "a-note-of-some-length" },
    }),
    idempotencyKey: "order-4711",
  },
};

export default {
  async fetch(): Promise<Response> {
    const createdSec = Math.floor(Date.now() / 1_000);
    const results = [];
    for (const [name, request] of Object.entries(REQUESTS)) {
      const signed = await signRequest(request, KEY, { createdSec });
      results.push({ name, ...(await compare(signed, createdSec)) });
    }
    return Response.json(results);
  },
};

/** Blocks of both in turn, so that what disturbs the machine disturbs both. The first pair only warms up. */
async function compare(signed: SignedRequest, createdSec: number) {
  const verify = verifyTask(signed, createdSec);
  const hmac = await hmacTask(signed, createdSec);
  await verify();
  await hmac();
  let verifyMs = 0;
  let hmacMs = 0;
  for (let done = 0; done < ITERATIONS; done += BLOCK) {
    verifyMs += await verify();
    hmacMs += await hmac();
  }
  return { verifyUs: (verifyMs * 1_000) / ITERATIONS, hmacUs: (hmacMs * 1_000) / ITERATIONS };
}

type Block = () => Promise<number>;

/** The requests are made outside the clock: at the gateway they come ready from the network. */
function verifyTask(signed: SignedRequest, createdSec: number): Block {
  const apiKey = { id: KEY.keyId, secret: KEY.secret, scopes: ["payments:write"] };
  const merchants = [{ id: "bench", apiKeys: [apiKey] }];
  const { apiKeys } = parseDirectory(JSON.stringify({ merchants }));
  const options = { findKey: (id: string) => apiKeys.get(id), nowSec: createdSec };
  const { url, method, headers, body = new Uint8Array(0) } = signed;
  return async () => {
    const requests = Array.from({ length: BLOCK }, () => new Request(url, { method, headers }));
    const startMs = performance.now();
    for (const request of requests) {
      const { ok } = await verifySignedRequest(request, body, options);
      if (!ok) throw new Error("the signature must hold");
    }
    return performance.now() - startMs;
  };
}

async function hmacTask(signed: SignedRequest, createdSec: number): Promise<Block> {
  const key = await dailySigningKey({ id: KEY.keyId, secret: KEY.secret }, createdSec);
  const mac = Uint8Array.fromBase64(/:(.*):/.exec(signed.headers["signature"] ?? "")?.[1] ?? "");
  const base = baseOf(signed);
  return async () => {
    const startMs = performance.now();
    for (let index = 0; index < BLOCK; index += 1) {
      const holds = await crypto.subtle.verify("HMAC", key, mac, base);
      if (!holds) throw new Error("the MAC must hold");
    }
    return performance.now() - startMs;
  };
}

/** The bytes that were signed, built once more from what is sent. */
function baseOf({ method, url, headers }: SignedRequest): Uint8Array<ArrayBuffer> {
  const parameters = headers["signature-input"]?.slice("sig1=".length) ?? "";
  const components = [...parameters.slice(0, parameters.indexOf(")")).matchAll(/"([^"]*)"/g)];
  const names = components.map(([, name = ""]) => name);
  const base = signatureBase({ method, url: new URL(url), headers }, names, parameters);
  return new Uint8Array(new TextEncoder().encode(base));
}
