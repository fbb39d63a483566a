/** Time per signature, measured inside workerd by verify/worker.ts. */
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

export async function measureVerifyCost(directory: string): Promise<VerifyCost[]> {
  const config = "test/bench/verify/wrangler.toml";
  const outdir = join(directory, "verify");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${config}`);
  const worker = await runWorker({
    name: "verify",
    modules: { "worker.js": bundleWorker({ config, outdir, file: "worker.js" }) },
    settings: workerOptions,
  });
  try {
    const response = await fetch(worker.url);
    if (!response.ok) throw new Error(`the verify worker failed: ${await response.text()}`);
    return JSON.parse(await response.text());
  } finally {
    await worker.stop();
  }
}
