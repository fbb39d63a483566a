/** All that a group of scenarios plays on: a gateway, the sandbox, the merchants' servers. */
import { randomBytes } from "node:crypto";
import { openScratch } from "../bench/scratch.ts";
import { bootstrapOf, type ChaosMerchant, merchantFor } from "./merchants.ts";
import { type Bundle, bundleFor, type ChaosProcess, startChaosProcess } from "./processes.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import type { Scenario } from "./scenarios.ts";

export interface Gateway {
  readonly url: string;
  readonly scale: number;
  /** SIGKILL of its process tree, then a start on the same storage. */
  restart(): Promise<void>;
  /** What each merchant's world is, so that a restart can bring it back. */
  readonly worlds: Map<string, object>;
}

export interface Stage {
  readonly sandboxUrl: string;
  readonly receiver: Receiver;
  readonly merchants: ReadonlyMap<string, ChaosMerchant>;
  startGateway(options: { readonly name: string; readonly scale: number }): Promise<Gateway>;
  /** What all gateways have logged, those that were killed too. */
  logs(): string;
  close(): Promise<void>;
}

export async function openStage(scenarios: readonly Scenario[]): Promise<Stage> {
  const scratch = openScratch("foolproof-chaos-");
  const { directory } = scratch;
  const gatewayBundle = bundleFor("gateway", directory);
  const sandboxBundle = bundleFor("sandbox", directory);
  const merchants = new Map(scenarios.map((scenario) => [scenario.id, merchantFor(scenario)]));
  const [receiver, sandbox] = await Promise.all([
    startReceiver(),
    startChaosProcess(sandboxBundle, { directory, name: "sandbox", vars: {} }),
  ]);
  const processes: ChaosProcess[] = [];
  const vars = {
    ...gatewayVars(sandbox.url),
    BOOTSTRAP: bootstrapOf([...merchants.values()], receiver.url),
  };
  return {
    sandboxUrl: sandbox.url,
    receiver,
    merchants,
    startGateway: (options) =>
      startGateway(gatewayBundle, { ...options, directory, vars, processes, sandbox }),
    logs: () => processes.map((one) => one.output()).join("\n"),
    async close() {
      await Promise.all([sandbox.kill(), ...processes.map((one) => one.kill())]);
      receiver.close();
      scratch.remove();
    },
  };
}

interface GatewayOptions {
  readonly name: string;
  readonly scale: number;
  readonly directory: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly processes: ChaosProcess[];
  readonly sandbox: ChaosProcess;
}

async function startGateway(bundle: Bundle, options: GatewayOptions): Promise<Gateway> {
  const { name, scale, directory, vars, processes, sandbox } = options;
  const worlds = new Map<string, object>();
  const start = async (port?: number) => {
    const chaos = { sandbox: sandbox.url, scale, worlds: Object.fromEntries(worlds) };
    const all = { ...vars, CHAOS: JSON.stringify(chaos) };
    const named = { directory, name, vars: all };
    const started = await startChaosProcess(
      bundle,
      port === undefined ? named : { ...named, port },
    );
    processes.push(started);
    return started;
  };
  let running = await start();
  const { url } = running;
  return {
    url,
    scale,
    worlds,
    async restart() {
      await running.kill();
      running = await start(Number(new URL(url).port));
    },
  };
}

function gatewayVars(sandbox: string): Record<string, string> {
  return {
    PHONEPE_PG_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_OAUTH_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_V1_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_CHECKOUT_SCRIPT_URL: `${sandbox}/web/bundle/checkout.js`,
    MASTER_KEYS: JSON.stringify({
      current: "k1",
      keys: { k1: randomBytes(32).toString("base64") },
    }),
  };
}
