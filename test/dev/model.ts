/** `npm run model -- --runs N`: the payment machine against N random histories (10,000 in `npm test`). */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { ROOT } from "./processes.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "1000000" } } });
if (!/^[1-9][0-9]{0,8}$/.test(values.runs)) throw new Error("--runs takes a number from 1 on");

const args = ["vitest", "run", "-c", "test/vitest.config.ts", "test/payments/model.test.ts"];
const env = { ...process.env, MODEL_RUNS: values.runs };
process.exitCode = spawnSync("npx", args, { cwd: ROOT, stdio: "inherit", env }).status ?? 1;
