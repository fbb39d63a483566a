/**
 * A gateway on persisted state that is killed and comes back on the same port. A kill is SIGKILL to Node and to
 * workerd: workerd outlives its parent and would go on serving the port. Nothing is started before both are gone, since
 * two processes on one state would be two gateways.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import * as z from "zod";
import { bundleWorker } from "../bench/bundle.ts";
import { hasEnded } from "../bench/process-stat.ts";
import { ROOT, wranglerEnv } from "../dev/processes.ts";

export interface KillableGateway {
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it for good and forgets its state. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  readonly port: number;
  readonly vars: Readonly<Record<string, string>>;
}

interface Running {
  readonly child: ChildProcess;
  readonly workerdPid: number;
}

const PROGRAM = new URL("gateway-process.ts", import.meta.url);
const CONFIG = "wrangler.toml";
const TOP_LEVEL = "";
const POLL_MS = 10;
const GONE_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 30_000;
const settingsSchema = z.looseObject({ bindings: z.record(z.string(), z.unknown()) });
const readySchema = z.object({ workerdPid: z.int() });

export async function startKillableGateway(options: GatewayOptions): Promise<KillableGateway> {
  const directory = await mkdtemp(join(tmpdir(), "foolproof-crash-"));
  bundleWorker({ config: CONFIG, environment: TOP_LEVEL, outdir: directory, file: "index.js" });
  const order = {
    bundle: join(directory, "index.js"),
    settings: settingsWith(options.vars),
    stateDirectory: join(directory, "state"),
    port: options.port,
  };
  const start = () => startProcess(order);
  let running: Running | undefined = await start();
  const kill = async () => {
    if (running) await killBoth(running);
    running = undefined;
  };
  return {
    kill,
    async restart() {
      if (running) throw new Error("two gateways on one state");
      running = await start();
    },
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Read once and here: a restart is to be fast. */
function settingsWith(vars: Readonly<Record<string, string>>): object {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${ROOT}${CONFIG}`);
  const { bindings, ...settings } = settingsSchema.parse(workerOptions);
  return { ...settings, bindings: { ...bindings, ...vars } };
}

async function startProcess(order: object): Promise<Running> {
  const child = fork(PROGRAM, {
    env: wranglerEnv(),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ready = new Promise<Running>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the gateway ended with ${code}`)));
    child.once("message", (message) => {
      resolve({ child, ...readySchema.parse(message) });
    });
    setTimeout(() => reject(new Error("the gateway did not start")), READY_WITHIN_MS).unref();
  });
  child.send(order);
  return ready;
}

async function killBoth({ child, workerdPid }: Running): Promise<void> {
  const { pid } = child;
  if (pid === undefined) throw new Error("the gateway has no process");
  // Node first: it would start another workerd in place of a dead one.
  child.kill("SIGKILL");
  process.kill(workerdPid, "SIGKILL");
  const end = Date.now() + GONE_WITHIN_MS;
  while (!hasEnded(pid) || !hasEnded(workerdPid)) {
    if (Date.now() > end) throw new Error("a killed gateway did not end");
    await sleep(POLL_MS);
  }
}
