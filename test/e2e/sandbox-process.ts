import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A provider sandbox of its own for one test file, with state that goes when it stops. */
export type SandboxProcess = {
  origin: string;
  /** Calls the admin API and returns its JSON. */
  admin: (method: string, path: string, body?: object) => Promise<unknown>;
  stop: () => Promise<void>;
};

export type SandboxOptions = { merchant: object; webhookUrl: string };

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5000;
const POLL_MS = 250;

export async function startSandbox(options: SandboxOptions): Promise<SandboxProcess> {
  const stateDir = await mkdtemp(join(tmpdir(), "sandbox-"));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const log: string[] = [];
  // A group of its own (detached), so that stopping it reaches workerd too.
  const child = spawn(process.execPath, wranglerArgs(port, stateDir, options), {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => log.push(text));
  }
  const stop = async () => {
    await stopGroup(child);
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilHealthy(origin, child);
  } catch (cause) {
    await stop();
    throw new Error(`the sandbox did not start:\n${log.join("")}`, { cause });
  }
  return { origin, stop, admin: (method, path, body) => callAdmin(origin + path, method, body) };
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

function wranglerArgs(port: number, stateDir: string, options: SandboxOptions): string[] {
  return [
    "node_modules/wrangler/bin/wrangler.js",
    "dev",
    "-c",
    "test/sandbox/wrangler.toml",
    "--ip",
    "127.0.0.1",
    "--port",
    String(port),
    "--inspector-port",
    "0",
    "--persist-to",
    stateDir,
    "--show-interactive-dev-session",
    "false",
    "--var",
    `SANDBOX_MERCHANT:${JSON.stringify(options.merchant)}`,
    "--var",
    `WEBHOOK_URL:${options.webhookUrl}`,
  ];
}

async function untilHealthy(origin: string, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`wrangler left with code ${child.exitCode}`);
    // Refused connections are what waiting for a start looks like.
    const answer = await fetch(`${origin}/admin/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(POLL_MS);
  }
  throw new Error("it was not healthy in time");
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const gone = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  const timer = setTimeout(() => killGroup(child.pid), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(timer);
  killGroup(child.pid);
}

/** The hard way, for what outlived the polite one. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the whole group has ended already, as it should
  }
}

async function callAdmin(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(
    url,
    body === undefined ? { method } : { method, body: JSON.stringify(body) },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}
