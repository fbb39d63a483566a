/** Runs a Worker that measures itself inside workerd, and gives what it says. */
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { ROOT } from "../dev/processes.ts";
import { bundleWorker } from "./bundle.ts";
import { runWorker } from "./runtime.ts";

export interface VerifyCost {
  /** The kind of request that was signed. */
  readonly name: string;
  /** `verifySignedRequest`, the key already in memory. */
  readonly verifyUs: number;
  /** WebCrypto's HMAC-SHA256 over the same bytes, and nothing else. */
  readonly hmacUs: number;
}

export interface EnvelopeCost {
  readonly name: "sealing" | "opening";
  /** 1 KB through `seal` or `open`, the data key already in memory. */
  readonly oursUs: number;
  /** AES-GCM of the same text with nothing around it: text in, base64url out, and back. */
  readonly bareUs: number;
}

/** Time per signature, by verify/worker.ts. */
export function measureVerifyCost(directory: string): Promise<VerifyCost[]> {
  return measureInside(directory, "verify");
}

/** Time per envelope, by envelope/worker.ts. */
export function measureEnvelopeCost(directory: string): Promise<EnvelopeCost[]> {
  return measureInside(directory, "envelope");
}

async function measureInside<Cost>(
  directory: string,
  name: "verify" | "envelope",
): Promise<Cost[]> {
  const config = `test/bench/${name}/wrangler.toml`;
  const outdir = join(directory, name);
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${config}`);
  const worker = await runWorker({
    name,
    modules: { "worker.js": bundleWorker({ config, outdir, file: "worker.js" }) },
    settings: workerOptions,
  });
  try {
    const response = await fetch(worker.url);
    if (!response.ok) throw new Error(`the ${name} worker failed: ${await response.text()}`);
    return JSON.parse(await response.text());
  } finally {
    await worker.stop();
  }
}
