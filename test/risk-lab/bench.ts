/** `npm run risk:bench`: what scoring and counting take inside workerd, and what they add to the bundle. */
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { bundleWorker } from "../bench/bundle.ts";
import { runWorker } from "../bench/runtime.ts";
import { openScratch } from "../bench/scratch.ts";
import { ROOT } from "../dev/processes.ts";

const CONFIG = "test/risk-lab/bench/wrangler.toml";

const scratch = openScratch();
try {
  const outdir = join(scratch.directory, "risk");
  const bundle = bundleWorker({ config: CONFIG, outdir, file: "worker.js" });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${CONFIG}`);
  const worker = await runWorker({
    name: "risk",
    modules: { "worker.js": bundle },
    settings: workerOptions,
  });
  const response = await fetch(worker.url);
  console.log(await response.text());
  await worker.stop();
} finally {
  scratch.remove();
}
process.exit();
