/** Bundles a Worker as a deployment would, without deploying it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, wranglerEnv } from "../dev/processes.ts";

export interface BundleOptions {
  /** Path of a `wrangler.toml`, from the repository's root. */
  readonly config: string;
  readonly environment?: string;
  /** Another entry than the configuration's, and flags that it needs beside the configuration's. */
  readonly entry?: string;
  readonly flags?: readonly string[];
  /** A directory of its own: the bundle is `<name of main>.js` there. */
  readonly outdir: string;
  readonly file: string;
}

/** The one module that wrangler makes of a Worker, minified where its configuration says so. */
export function bundleWorker(options: BundleOptions): string {
  const { config, environment, outdir, file, entry, flags = [] } = options;
  const wrangler = `${ROOT}node_modules/wrangler/bin/wrangler.js`;
  const target = environment === undefined ? [] : ["--env", environment];
  const args = [
    "deploy",
    ...(entry === undefined ? [] : [entry]),
    "--dry-run",
    "-c",
    config,
    "--outdir",
    outdir,
    ...target,
    ...flags.flatMap((flag) => ["--compatibility-flags", flag]),
  ];
  execFileSync(process.execPath, [wrangler, ...args], {
    cwd: ROOT,
    env: wranglerEnv(),
    stdio: "pipe",
  });
  return readFileSync(join(outdir, file), "utf8");
}
