/** The provider sandbox as a process of its own, and its admin API. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startWorker, type Worker } from "../dev/processes.ts";

export interface SandboxProcess {
  readonly origin: string;
  /** Calls the admin API and returns its JSON. */
  readonly admin: (method: string, path: string, body?: object) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

export interface SandboxOptions {
  readonly merchant: object;
  readonly webhookUrl: string;
  /** More `--var NAME:VALUE`. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly port?: number;
}

export async function startSandbox(options: SandboxOptions): Promise<SandboxProcess> {
  const stateDir = await mkdtemp(join(tmpdir(), "foolproof-sandbox-"));
  const vars = {
    SANDBOX_MERCHANT: JSON.stringify(options.merchant),
    WEBHOOK_URL: options.webhookUrl,
    ...options.vars,
  };
  const worker = await startWorker({
    port: options.port ?? (await freePort()),
    args: ["-c", "test/sandbox/wrangler.toml", "--persist-to", stateDir, ...varArgs(vars)],
    readyPath: "/admin/health",
  });
  return {
    origin: worker.url,
    admin: (method, path, body) => callAdmin(`${worker.url}${path}`, method, body),
    stop: () => stopAndForget(worker, stateDir),
  };
}

export function varArgs(vars: Readonly<Record<string, string>>): string[] {
  return Object.entries(vars).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
}

export async function stopAndForget(worker: Worker, stateDir: string): Promise<void> {
  await worker.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
}

export async function callAdmin(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(
    url,
    body === undefined ? { method } : { method, body: JSON.stringify(body) },
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}
