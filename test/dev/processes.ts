/** Starts wrangler processes on this machine's loopback and ends them with all their children. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WRANGLER = `${ROOT}node_modules/wrangler/bin/wrangler.js`;

export interface Worker {
  readonly url: string;
  /** What the process has printed so far. */
  output(): string;
  stop(): Promise<void>;
  /** Resolves when the process ends, by itself or not. */
  readonly ended: Promise<void>;
}

export interface WorkerOptions {
  readonly port: number;
  readonly args: readonly string[];
  /** A path that answers 200 once the worker is up. */
  readonly readyPath: string;
}

const READY_WITHIN_MS = 60_000;
const POLL_MS = 150;
const STOP_WITHIN_MS = 5_000;
const PARENT_POLL_MS = 500;

/** Starts `wrangler dev` and waits until it answers. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { port, args, readyPath } = options;
  // In our own process group: a terminal's Ctrl-C and a group kill reach it and workerd, its grandchild.
  const child = spawn(
    process.execPath,
    [WRANGLER, "dev", "--port", String(port), ...defaults(args), ...args],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: wranglerEnv() },
  );
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const worker = {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    ended,
    stop: () => stop(child, ended),
  };
  await waitUntilReady(`${worker.url}${readyPath}`, child, worker);
  return worker;
}

export function wranglerEnv(): NodeJS.ProcessEnv {
  return { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
}

function defaults(args: readonly string[]): string[] {
  const given = (flag: string) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
  return [
    ...(given("--ip") ? [] : ["--ip", "127.0.0.1"]),
    ...(given("--inspector-port") ? [] : ["--inspector-port", "0"]),
    "--show-interactive-dev-session=false",
  ];
}

async function waitUntilReady(url: string, child: ChildProcess, worker: Worker): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) throw new Error(`wrangler ended early:\n${worker.output()}`);
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await worker.stop();
  throw new Error(`no answer from ${url}:\n${worker.output()}`);
}

/** wrangler ends its workerd processes when it is asked to end itself. */
async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

/** Resolves when somebody wants us to end: by signal, or because the npm that started us is gone. */
export async function interrupted(): Promise<void> {
  const before = ancestors();
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
    setInterval(() => {
      if (ancestors() !== before) resolve();
    }, PARENT_POLL_MS).unref();
  });
}

/** npm runs a script in a shell. When npm is killed that shell lives on with another parent, and so would we. */
function ancestors(): string {
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] === undefined) return String(parent);
  return `${parent} ${parentOf(parent)}`;
}

function parentOf(pid: number): string {
  try {
    // "pid (name) state ppid …"; a name may hold anything, so what counts comes after its last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 1).split(" ")[2] ?? "";
  } catch {
    return ""; // The process is gone, or this system has no /proc: then our own parent has to do.
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
