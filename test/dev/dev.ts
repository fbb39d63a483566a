/** `npm run dev`: the gateway, the provider sandbox and the demo shop, as separate processes over HTTP. */
import { ensureDevVars, SHOP_KEY_ID, writeSandboxDevVars } from "./dev-vars.ts";
import { isPortFree, startWorker, type Worker } from "./processes.ts";

const GATEWAY_PORT = 8787;
const SANDBOX_PORT = 8788;

async function main(): Promise<void> {
  for (const port of [GATEWAY_PORT, SANDBOX_PORT]) {
    if (await isPortFree(port)) continue;
    console.error(`Port ${port} is taken. Stop what listens there, then start again.`);
    process.exitCode = 1;
    return;
  }
  const { made } = ensureDevVars();
  writeSandboxDevVars();
  console.log("Starting the gateway and the sandbox …");
  const workers = await Promise.all([startGateway(), startSandbox()]);
  console.log(screen(made));
  await endedOrInterrupted(workers);
  await Promise.all(workers.map((worker) => worker.stop()));
}

function startGateway(): Promise<Worker> {
  return startWorker({
    port: GATEWAY_PORT,
    args: [],
    readyPath: "/api/payments/health",
  });
}

function startSandbox(): Promise<Worker> {
  return startWorker({
    port: SANDBOX_PORT,
    args: ["-c", "test/sandbox/wrangler.toml"],
    readyPath: "/admin/health",
  });
}

async function endedOrInterrupted(workers: readonly Worker[]): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
  });
  const ended = workers.map(async (worker) => {
    await worker.ended;
    console.error(`A process ended by itself:\n${worker.output().slice(-4_000)}`);
  });
  await Promise.race([interrupted, ...ended]);
}

function screen(made: boolean): string {
  const gateway = `http://127.0.0.1:${GATEWAY_PORT}`;
  const sandbox = `http://127.0.0.1:${SANDBOX_PORT}`;
  return `
  Foolproof is running.

  Demo shop    ${sandbox}/shop      buy something and pay: no money moves
  Gateway      ${gateway}           curl ${gateway}/api/payments/health
  Sandbox      ${sandbox}           PhonePe's side: orders, captures, webhooks
  Secrets      .dev.vars (${made ? "made just now, at random" : "as you left it"})

  A first call of your own:

    node --input-type=module -e '
      import { createClient } from "./src/client/index.ts";
      import { readFileSync } from "node:fs";
      import { parseEnv } from "node:util";
      const { merchants } = JSON.parse(parseEnv(readFileSync(".dev.vars", "utf8")).BOOTSTRAP);
      const client = createClient({ baseUrl: "${gateway}", keyId: "${SHOP_KEY_ID}",
        secret: merchants[0].apiKeys.find((key) => key.id === "${SHOP_KEY_ID}").secret });
      console.log(await client.initiate({ amount: 49900, redirectUrl: "${sandbox}/shop" }));'

  (Node 22.18 or later, or "npx node".) Ctrl-C ends everything.
`;
}

await main();
