/** Drives the scenarios in rounds, so that what disturbs the machine disturbs all of them alike. */
import { type Driver, startDriver } from "./drive.ts";
import { makeKeys, startGateway } from "./gateway.ts";
import { startProvider } from "./provider-stub.ts";
import { type Row, rowOf, type Turn } from "./report.ts";
import { type RunningWorker, runWorker } from "./runtime.ts";
import { AMOUNT_PAISA, preparation, type Scenario, type Target } from "./scenarios.ts";

const ROUNDS = 5;
const WARM_UP_SEC = 1;
const HELLO = `export default { fetch: () => new Response("ok") };`;

/**
 * Initiate is measured on its own and for a short time: a payment takes some hundred KiB of storage, and 25 s after
 * the pay answer its alarm begins to ask the provider.
 */
const PARTS: readonly (readonly Scenario[])[] = [
  ["hello", "health", "unsigned", "wrongMac", "status"],
  ["hello", "initiate"],
];
/** What is signed before each loop, and sent once. The others end by time. */
const REQUESTS_MAX: Partial<Record<Scenario, number>> = { status: 4_000, initiate: 500 };

export interface LoadOptions {
  readonly directory: string;
  readonly seconds: number;
  readonly providerDelayMs: number;
}

interface Stage {
  readonly driver: Driver;
  readonly hello: RunningWorker;
  readonly gateway: RunningWorker;
  readonly target: Target;
}

export async function measureLoad(options: LoadOptions): Promise<Row[]> {
  const { directory, seconds, providerDelayMs } = options;
  const keys = makeKeys();
  const provider = await startProvider({ delayMs: providerDelayMs, amountPaisa: AMOUNT_PAISA });
  const hello = await runWorker({ name: "hello", modules: { "index.js": HELLO }, settings: {} });
  const gateway = await startGateway({ directory, providerUrl: provider.url, keys });
  const driver = startDriver();
  const target = { helloUrl: hello.url, gatewayUrl: gateway.url, keys };
  try {
    await prepare(target);
    const stage = { driver, hello, gateway, target };
    const turns = new Map<Scenario, Turn[]>();
    for (const part of PARTS) await measurePart(stage, part, { seconds, turns });
    return [...turns].map(([scenario, list]) => rowOf(scenario, list));
  } finally {
    driver.stop();
    await Promise.all([gateway.stop(), hello.stop(), provider.stop()]);
  }
}

async function measurePart(
  stage: Stage,
  part: readonly Scenario[],
  { seconds, turns }: { readonly seconds: number; readonly turns: Map<Scenario, Turn[]> },
): Promise<void> {
  for (const scenario of part) await measure(stage, scenario, Math.min(WARM_UP_SEC, seconds));
  for (let round = 0; round < ROUNDS; round += 1) {
    const hello = await measure(stage, "hello", seconds);
    for (const scenario of part) {
      const measured = scenario === "hello" ? hello : await measure(stage, scenario, seconds);
      turns.set(scenario, [...(turns.get(scenario) ?? []), { measured, hello }]);
    }
  }
}

function measure(
  { driver, hello, gateway, target }: Stage,
  scenario: Scenario,
  secondsMax: number,
) {
  return driver.run({
    scenario,
    target,
    secondsMax,
    pid: (scenario === "hello" ? hello : gateway).pid,
    requestsMax: REQUESTS_MAX[scenario] ?? Number.MAX_SAFE_INTEGER,
  });
}

/** Makes the payment whose status is asked, and ends it. */
async function prepare(target: Target): Promise<void> {
  const [key] = target.keys;
  if (!key) throw new Error("there is no key to sign with");
  for (const { url, method, headers, body = null } of await preparation(target, key)) {
    const response = await fetch(url, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`the gateway is not ready: ${response.status} ${text}`);
  }
}
