import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { freshSecrets } from "../dev/dev-vars.ts";
import { freePort, isPortFree, ROOT } from "../dev/processes.ts";
import { varArgs } from "./sandbox-process.ts";

/** An npm script as a user starts it. */
function npmRun(args: readonly string[]): { child: ChildProcess; output: () => string } {
  const child = spawn("npm", ["run", "--silent", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return { child, output: () => output };
}

describe("npm scripts", () => {
  // SIGKILL: npm cannot pass it on, and what it started must notice by itself.
  it.each<NodeJS.Signals>(["SIGTERM", "SIGKILL"])(
    "api.md 8: dev:gateway passes its flags on, and ends with the npm that %s ends",
    async (signal) => {
      const port = await freePort();
      const stateDir = mkdtempSync(join(tmpdir(), "foolproof-command-"));
      const { MASTER_KEYS, BOOTSTRAP } = freshSecrets();
      const { child, output } = npmRun([
        "dev:gateway",
        "--",
        `--port=${port}`,
        `--persist-to=${stateDir}`,
        ...varArgs({ BOOTSTRAP, MASTER_KEYS, ENVIRONMENT: "production" }),
      ]);
      await vi.waitFor(
        async () => {
          const response = await fetch(`http://127.0.0.1:${port}/api/payments/health`);
          expect(await response.json()).toMatchObject({ status: "ok" });
        },
        { timeout: 45_000, interval: 300 },
      );
      child.kill(signal);
      await vi.waitFor(async () => expect(await isPortFree(port)).toBe(true), {
        timeout: 15_000,
        interval: 200,
      });
      rmSync(stateDir, { recursive: true, force: true });
      expect(output()).not.toContain(JSON.parse(MASTER_KEYS).keys.k1);
    },
  );

  it("npm run dev says which port is taken, and starts nothing", async () => {
    const blocker = createServer();
    // Somebody may be at work on 8787 already: then it is taken all the same.
    if (await isPortFree(8787)) {
      await new Promise<void>((resolve) => {
        blocker.listen(8787, "127.0.0.1", () => resolve());
      });
    }
    const { child, output } = npmRun(["dev"]);
    const code = await new Promise((resolve) => {
      child.once("exit", resolve);
    });
    blocker.close();
    expect(code).toBe(1);
    expect(output()).toContain("Port 8787 is taken");
  });
});
