/** `npm run doctor`: is this configuration right, and if not, what mends it (docs/doctor.md). */
import { createHmac } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { type DoctorInput, exitCodeOf, findingLine, runDoctor } from "#ops";
import { isAllowedNotifyUrl } from "../../src/events/notify-url.ts";
import { readToml } from "../config/read-toml.ts";
import { askByFetch } from "./doctor-ask.ts";
import { addMissingBytes } from "./node-bytes.ts";
import { ROOT } from "./processes.ts";

const USAGE = `npm run doctor -- [--env production] [--merchant ID] [--url https://gateway] [--var NAME:VALUE]

  --env       the environment of wrangler.toml; without it, local development
  --merchant  only this merchant of BOOTSTRAP
  --url       the gateway's origin; in development http://127.0.0.1:8787
  --var       replaces a variable of wrangler.toml

MASTER_KEYS and BOOTSTRAP come from the process environment, in development also from .dev.vars; never from flags.`;
const DEVELOPMENT_URL = "http://127.0.0.1:8787";
const SECRET_NAMES = ["MASTER_KEYS", "BOOTSTRAP"] as const;
const USAGE_EXIT_CODE = 2;

await main();

async function main(): Promise<void> {
  addMissingBytes();
  let input: DoctorInput;
  try {
    input = readInput(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : "cannot start"}\n\n${USAGE}`);
    process.exitCode = USAGE_EXIT_CODE;
    return;
  }
  const findings = await runDoctor(
    {
      ask: askByFetch,
      nowMs: () => Date.now(),
      isAllowedUrl: isAllowedNotifyUrl,
      hmacSha256Hex: async (secret, text) =>
        createHmac("sha256", secret).update(text).digest("hex"),
    },
    input,
  );
  for (const finding of findings) console.log(findingLine(finding));
  process.exitCode = exitCodeOf(findings);
}

function readInput(args: string[]): DoctorInput {
  const { values } = parseArgs({
    args,
    options: {
      env: { type: "string" },
      merchant: { type: "string" },
      url: { type: "string" },
      var: { type: "string", multiple: true, default: [] },
    },
  });
  // The top level of wrangler.toml is development.
  const environment = values.env === "development" ? undefined : values.env;
  const secrets = readSecrets(environment);
  return {
    vars: { ...readVars(environment), ...Object.fromEntries(values.var.map(readVar)) },
    masterKeys: secrets["MASTER_KEYS"],
    bootstrap: secrets["BOOTSTRAP"],
    merchantId: values.merchant,
    gatewayUrl: values.url ?? (environment === undefined ? DEVELOPMENT_URL : undefined),
  };
}

function readVars(environment: string | undefined): Record<string, unknown> {
  const name = environment === undefined ? "vars" : `env.${environment}.vars`;
  const [table] = readToml(readFileSync(`${ROOT}wrangler.toml`, "utf8")).get(name) ?? [];
  if (!table) throw new Error(`wrangler.toml has no [${name}]`);
  return Object.fromEntries(table);
}

/** As wrangler's own flag. A secret on a command line is seen by everybody on the machine. */
function readVar(text: string): [string, string] {
  const [, name, value] = /^([A-Z0-9_]+):(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error("--var wants NAME:VALUE");
  if (SECRET_NAMES.some((secret) => secret === name)) {
    throw new Error(`${name} is not taken from the command line`);
  }
  return [name, value];
}

/** `.dev.vars` holds development's secrets: what they prove says nothing about another environment. */
function readSecrets(environment: string | undefined): Record<string, string | undefined> {
  const file = `${ROOT}.dev.vars`;
  const local =
    environment === undefined && existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  return Object.fromEntries(SECRET_NAMES.map((name) => [name, process.env[name] ?? local[name]]));
}
