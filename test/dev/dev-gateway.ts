/** `npm run dev:gateway`: the gateway alone; every flag is passed on to `wrangler dev` (api.md 8). */
import { spawn } from "node:child_process";
import { ensureDevVars } from "./dev-vars.ts";
import { interrupted, ROOT, wranglerEnv } from "./processes.ts";

const { made } = ensureDevVars();
if (made) console.log("Made .dev.vars with fresh random secrets.");

const args = process.argv.slice(2);
const has = (flag: string) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));
const child = spawn(
  process.execPath,
  [
    `${ROOT}node_modules/wrangler/bin/wrangler.js`,
    "dev",
    ...(has("--ip") ? [] : ["--ip", "127.0.0.1"]),
    ...(has("--inspector-port") ? [] : ["--inspector-port", "0"]),
    "--show-interactive-dev-session=false",
    ...args,
  ],
  { cwd: ROOT, stdio: "inherit", env: wranglerEnv() },
);
child.on("exit", (code) => process.exit(code ?? 0));
await interrupted();
child.kill("SIGTERM");
