/**
 * A Worker that measures itself: how long sealing and opening 1 KB takes with warm keys, beside AES-GCM of the same text
 * with nothing around it: text in, base64url out, and back. On this machine the clock runs while a Worker computes; on Cloudflare's network it stands still.
 */
import { type EnvelopeContext, open, parseKeyring, seal } from "#vault";

const ITERATIONS = 20_000;
const BLOCK = 500;
const TEXT = "a".repeat(1_024);
const CONTEXT: EnvelopeContext = { purpose: "vault", identity: ["demo", "api_key", "ak_1", "v1"] };

const ROOT = new Uint8Array(32).toBase64();
const KEYRING = parseKeyring(JSON.stringify({ current: "k1", keys: { k1: ROOT } }), {
  nowMs: () => Date.now(),
  generations: { of: () => 1, learn: () => undefined },
});
const BOUND = new TextEncoder().encode(JSON.stringify(["fp2/text", ...CONTEXT.identity]));

type Task = () => Promise<unknown>;

export default {
  async fetch(): Promise<Response> {
    const key = await bareKey();
    const envelope = await seal(KEYRING, CONTEXT, TEXT);
    const sealed = await bareSeal(key);
    return Response.json([
      {
        name: "sealing",
        ...(await compare(
          () => seal(KEYRING, CONTEXT, TEXT),
          () => bareSeal(key),
        )),
      },
      {
        name: "opening",
        ...(await compare(
          () => open(KEYRING, CONTEXT, envelope),
          () => bareOpen(key, sealed),
        )),
      },
    ]);
  },
};

const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

async function bareSeal(key: CryptoKey): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: BOUND };
  const body = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(TEXT));
  return iv.toBase64(BASE64URL) + new Uint8Array(body).toBase64(BASE64URL);
}

async function bareOpen(key: CryptoKey, sealed: string): Promise<string> {
  const bytes = Uint8Array.fromBase64(sealed, BASE64URL);
  const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData: BOUND };
  const plain = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(12));
  return new TextDecoder().decode(plain);
}

function bareKey(): Promise<CryptoKey> {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Blocks of both in turn, so that what disturbs the machine disturbs both. The first pair only warms up. */
async function compare(ours: Task, bare: Task) {
  await blockMs(ours);
  await blockMs(bare);
  let [oursMs, bareMs] = [0, 0];
  for (let done = 0; done < ITERATIONS; done += BLOCK) {
    oursMs += await blockMs(ours);
    bareMs += await blockMs(bare);
  }
  return { oursUs: (oursMs * 1_000) / ITERATIONS, bareUs: (bareMs * 1_000) / ITERATIONS };
}

async function blockMs(task: Task): Promise<number> {
  const startMs = performance.now();
  for (let index = 0; index < BLOCK; index += 1) {
    if ((await task()) === undefined) throw new Error("an envelope must open");
  }
  return performance.now() - startMs;
}
