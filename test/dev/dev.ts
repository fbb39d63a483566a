/** `npm run dev`: the gateway, the provider sandbox and the demo shop, as separate processes over HTTP. */
import { ensureDevVars, writeSandboxDevVars } from "./dev-vars.ts";
import { interrupted, isPortFree, startWorker, type Worker } from "./processes.ts";

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
  let stopping = false;
  const ended = workers.map(async (worker) => {
    await worker.ended;
    if (!stopping) console.error(`A process ended by itself:\n${worker.output().slice(-4_000)}`);
  });
  await Promise.race([interrupted(), ...ended]);
  stopping = true;
}

function screen(made: boolean): string {
  const gateway = `http://127.0.0.1:${GATEWAY_PORT}`;
  const sandbox = `http://127.0.0.1:${SANDBOX_PORT}`;
  return `
  Foolproof is running.

  Demo shop    ${sandbox}/shop      buy something and pay: no money moves
  Gateway      ${gateway}           curl ${gateway}/api/payments/health
  Sandbox      ${sandbox}           the providers' side: orders, captures, webhooks
  Secrets      .dev.vars (${made ? "made just now, at random" : "as you left it"})

  First call   npm run first-payment          test/dev/first-payment.ts, in another terminal

  Ctrl-C ends everything.
`;
}

await main();
