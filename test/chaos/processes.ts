/** Bundles, starts and kills the two workers of a chaos run. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import * as z from "zod";
import { bundleWorker } from "../bench/bundle.ts";
import { freePort, ROOT, wranglerEnv } from "../dev/processes.ts";
import type { ServeOrders } from "./serve.ts";

const WORKERS = {
  gateway: { config: "wrangler.toml", entry: "test/chaos/worker/worker.ts", file: "worker.js" },
  sandbox: {
    config: "test/sandbox/wrangler.toml",
    entry: "test/chaos/worker/sandbox.ts",
    file: "sandbox.js",
  },
} as const;
const FLAGS = ["no_nodejs_compat", "no_nodejs_compat_v2", "nodejs_als"];

const settingsSchema = z.looseObject({ bindings: z.record(z.string(), z.unknown()).default({}) });

export interface Bundle {
  readonly name: keyof typeof WORKERS;
  readonly path: string;
  readonly settings: z.infer<typeof settingsSchema>;
}

export function bundleFor(name: keyof typeof WORKERS, directory: string): Bundle {
  const { config, entry, file } = WORKERS[name];
  const outdir = join(directory, `${name}-bundle`);
  bundleWorker({ config, entry, outdir, file, flags: FLAGS });
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${config}`);
  const settings = settingsSchema.parse({ ...workerOptions, compatibilityFlags: FLAGS });
  return { name, path: join(outdir, file), settings };
}

export interface ChaosProcess {
  readonly url: string;
  /** All that its worker has logged so far. */
  output(): string;
  /** SIGKILL of the whole process tree. */
  kill(): Promise<void>;
}

export interface StartOptions {
  readonly directory: string;
  readonly name: string;
  readonly vars: Readonly<Record<string, string>>;
  /** The same again after a kill; state lies below the name. */
  readonly port?: number;
}

export async function startChaosProcess(
  bundle: Bundle,
  options: StartOptions,
): Promise<ChaosProcess> {
  const { directory, name, vars, port = await freePort() } = options;
  const orders: ServeOrders = {
    name: bundle.name,
    bundle: bundle.path,
    settings: { ...bundle.settings, bindings: { ...bundle.settings.bindings, ...vars } },
    stateDirectory: join(directory, `${name}-state`),
    port,
  };
  const file = join(directory, `${name}.json`);
  writeFileSync(file, JSON.stringify(orders));
  // Detached: a process group of its own, which workerd, its grandchild, belongs to as well.
  const child = spawn(process.execPath, [join(ROOT, "test/chaos/serve.ts"), file], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: wranglerEnv(),
  });
  const output = collect(child);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await ready(child, output);
  return {
    url: `http://127.0.0.1:${port}`,
    output,
    async kill() {
      const alive = child.exitCode === null && child.signalCode === null;
      if (child.pid !== undefined && alive) process.kill(-child.pid, "SIGKILL");
      await ended;
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => text;
}

async function ready(child: ChildProcess, output: () => string): Promise<void> {
  while (!output().includes("ready\n")) {
    if (child.exitCode !== null) throw new Error(`a worker ended early:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
