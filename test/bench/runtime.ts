/**
 * One Worker on a workerd process of its own, reached by Miniflare's direct socket: nothing stands between the
 * driver and the Worker. Miniflare's options change between its betas, so this file alone knows them.
 */
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { freePort } from "../dev/processes.ts";
import { childrenNamed } from "./process-stat.ts";

export interface RunOptions {
  readonly name: string;
  /** The first module is the entry. */
  readonly modules: Readonly<Record<string, string>>;
  /** Bindings and all else, as wrangler reads them from a configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where objects and KV live; without it in memory. */
  readonly stateDirectory?: string;
  readonly port?: number;
}

export interface RunningWorker {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Must not run twice at once: the workerd that appears meanwhile is taken for the new one. */
export async function runWorker(options: RunOptions): Promise<RunningWorker> {
  const { name, modules, settings, stateDirectory } = options;
  const host = "127.0.0.1";
  const port = options.port ?? (await freePort());
  const before = childrenNamed("workerd");
  const worker = {
    ...settings,
    name,
    modules: Object.entries(modules).map(([path, contents]) => ({
      type: "ESModule" as const,
      path,
      contents,
    })),
    unsafeDirectSockets: [{ host, port }],
  };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ host, port: 0, workers: [worker] }),
    log: new Log(LogLevel.ERROR),
    logRequests: false,
    telemetry: { enabled: false },
    ...(stateDirectory === undefined ? {} : { resourcePersistencePath: stateDirectory }),
  });
  await miniflare.ready;
  const [pid, ...more] = childrenNamed("workerd").filter((child) => !before.includes(child));
  if (pid === undefined || more.length > 0) throw new Error("cannot tell which workerd is new");
  return { url: `http://${host}:${port}`, pid, stop: () => miniflare.dispose() };
}
