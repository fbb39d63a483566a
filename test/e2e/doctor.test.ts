import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Ask, findingLine, runDoctor } from "#ops";
import { isAllowedNotifyUrl } from "../../src/events/notify-url.ts";
import { freshSecrets } from "../dev/dev-vars.ts";
import { askByFetch } from "../dev/doctor-ask.ts";
import { addMissingBytes } from "../dev/node-bytes.ts";
import { freePort, ROOT } from "../dev/processes.ts";
import { callAdmin } from "./sandbox-process.ts";

const { gateway, sandbox, phonepe, webhook } = inject("stack");
const { MASTER_KEYS } = freshSecrets();

/** The demo merchant as the running gateway has it, with a mistake in it. */
function bootstrap(mistake: Readonly<Record<string, unknown>> = {}): string {
  const right = {
    clientId: phonepe.clientId,
    clientSecret: phonepe.clientSecret,
    clientVersion: 1,
    webhookUsername: webhook.username,
    webhookPassword: webhook.password,
    saltKey: phonepe.saltKey,
  };
  return JSON.stringify({
    merchants: [{ id: "demo", apiKeys: [], phonepe: { ...right, ...mistake } }],
  });
}

interface Visit {
  readonly code: number | null;
  readonly lines: readonly string[];
}

interface Mistake {
  readonly phonepe?: Readonly<Record<string, unknown>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly env?: string;
}

/** The command as an operator starts it. */
async function doctor(mistake: Mistake = {}): Promise<Visit> {
  const vars = {
    PHONEPE_PG_URL: `${sandbox}/apis/pg-sandbox`,
    PHONEPE_OAUTH_URL: `${sandbox}/apis/pg-sandbox`,
    ...mistake.vars,
  };
  const child = spawn(
    process.execPath,
    [
      "test/dev/doctor.ts",
      `--url=${mistake.url ?? gateway}`,
      ...(mistake.env === undefined ? [] : [`--env=${mistake.env}`]),
      ...Object.entries(vars).map(([name, value]) => `--var=${name}:${value}`),
    ],
    { cwd: ROOT, env: { ...process.env, MASTER_KEYS, BOOTSTRAP: bootstrap(mistake.phonepe) } },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  for (const secret of [
    phonepe.clientSecret,
    phonepe.saltKey,
    webhook.password,
    phonepe.clientId,
  ]) {
    expect(output).not.toContain(secret);
  }
  return { code, lines: output.trimEnd().split("\n") };
}

const failures = ({ lines }: Visit) => lines.filter((line) => line.startsWith("FAIL"));
const warnings = ({ lines }: Visit) => lines.filter((line) => line.startsWith("warn"));

const servers = new Set<() => void>();
afterEach(() => {
  for (const close of servers) close();
  servers.clear();
});

interface Relayed {
  readonly status: number;
  readonly text: string;
  readonly date: string;
}

/** A server in between, as a network has them; `change` may answer otherwise. */
async function relay(
  target: string,
  change: (request: IncomingMessage, answer: Relayed) => Relayed | Promise<Relayed>,
): Promise<string> {
  const port = await freePort();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const answer = await fetch(`${target}${request.url}`, {
        method: request.method ?? "GET",
        headers: headersOf(request),
        ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
      });
      const date = new Date().toUTCString();
      const given = { status: answer.status, text: await answer.text(), date };
      const changed = await change(request, given);
      response.writeHead(changed.status, { date: changed.date }).end(changed.text);
    })();
  }).listen(port, "127.0.0.1");
  servers.add(() => server.close());
  return `http://127.0.0.1:${port}`;
}

const PASSED_ON = ["authorization", "content-type", "user-agent", "x-phonepe-checksum-signature"];

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}

describe("npm run doctor", () => {
  it("PP-15: a right configuration passes, in one line a check", async () => {
    const visit = await doctor();
    expect([...failures(visit), ...warnings(visit)]).toEqual([]);
    expect(visit.code).toBe(0);
    for (const line of visit.lines) expect(line).toMatch(/^(ok  |note) {2}[^:]+: .+\.$/);
    expect(visit.lines.join("\n")).toContain("demo order status: the payment API takes the token");
    expect(visit.lines.join("\n")).toContain("demo webhook SHA: taken");
  });

  it.each([
    ["a wrong secret", { clientSecret: "somebody-else" }, "refuses the client"],
    ["a wrong client id", { clientId: "OTHERMERCHANTUAT" }, "refuses the client"],
    [
      "a wrong client version",
      { clientVersion: 2 },
      "Likely clientVersion: 2, but the sandbox's is 1",
    ],
  ])("CF-23: %s", async (_, mistake, says) => {
    const visit = await doctor({ phonepe: mistake });
    expect(failures(visit)).toEqual([expect.stringContaining("demo OAuth: ")]);
    expect(failures(visit)[0]).toContain(says);
    expect(visit.code).toBe(1);
  });

  it("CF-23: a wrong secret, where PhonePe says 401 to it", async () => {
    const switchTo = (badCredentials: string) =>
      callAdmin(`${sandbox}/admin/switches`, "PUT", { switches: { badCredentials } });
    await switchTo("401");
    const visit = await doctor({ phonepe: { clientSecret: "somebody-else" } });
    await switchTo("400");
    expect(failures(visit)).toEqual([expect.stringContaining("refuses the client")]);
  });

  it("PP-01: the version 1 salt key as client secret", async () => {
    const visit = await doctor({ phonepe: { clientSecret: phonepe.saltKey } });
    expect(failures(visit)).toEqual([
      expect.stringContaining("demo clientSecret: it is a version 1 salt key"),
      expect.stringContaining("Likely clientSecret: it is a version 1 salt key"),
    ]);
  });

  it("PP-02: OAuth asked at the payment API's path", async () => {
    const visit = await doctor({ vars: { PHONEPE_OAUTH_URL: `${sandbox}/apis/pg` } });
    expect(failures(visit)).toEqual([
      expect.stringMatching(
        /demo OAuth: there is no OAuth at \/apis\/pg .*\/apis\/identity-manager\.$/,
      ),
    ]);
  });

  it("PP-02: the payment API asked at OAuth's path", async () => {
    const visit = await doctor({ vars: { PHONEPE_PG_URL: `${sandbox}/apis/identity-manager` } });
    expect(failures(visit)).toEqual([
      expect.stringMatching(/demo order status: there is no payment API at .*\/apis\/pg\.$/),
    ]);
  });

  it("PP-05: another webhook password than the gateway's", async () => {
    const visit = await doctor({ phonepe: { webhookPassword: "another123" } });
    expect(failures(visit)).toEqual([
      expect.stringContaining("demo webhook SHA: the gateway refuses this BOOTSTRAP's"),
    ]);
  });

  it("PP-05: HMAC in the configuration, SHA alone deployed", async () => {
    const visit = await doctor({ phonepe: { webhookHmacSecret: "the-hmac-secret" } });
    expect(failures(visit)).toEqual([
      expect.stringContaining("demo webhook HMAC: SHA is taken, HMAC is refused"),
    ]);
  });

  it("PP-05: a password that PhonePe's dashboard would not take", async () => {
    const visit = await doctor({ phonepe: { webhookPassword: "lettersOnly" } });
    expect(failures(visit)[0]).toContain("demo webhook login: webhookPassword is not 8 to 20");
  });

  it("PP-05: a gateway that is down", async () => {
    const visit = await doctor({ url: `http://127.0.0.1:${await freePort()}` });
    expect(failures(visit)).toEqual([expect.stringContaining("gateway: nothing listens there")]);
    expect(visit.code).toBe(1);
  });

  it("PP-05, PP-02: production with this machine's URLs and an http webhook", async () => {
    const vars = {
      PHONEPE_CHECKOUT_SCRIPT_URL: `${sandbox}/web/bundle/checkout.js`,
      PHONEPE_V1_URL: `${sandbox}/apis/hermes`,
    };
    const visit = await doctor({ env: "production", vars });
    expect(failures(visit)).toEqual([
      expect.stringContaining("ENVIRONMENT: production, but PhonePe's URLs point to this machine"),
      expect.stringContaining("webhook URL: not https on a public host"),
    ]);
  });

  it("PP-06: something like Cloudflare turns Java away", async () => {
    const url = await relay(gateway, (request, answer) =>
      request.headers["user-agent"]?.startsWith("Java/1.8")
        ? { ...answer, status: 403, text: "error code: 1010" }
        : answer,
    );
    const visit = await doctor({ url });
    expect(failures(visit)).toEqual([
      expect.stringContaining("Java user agent: Cloudflare answers 403 error 1010"),
    ]);
  });

  it.each([
    [90, "warn", 0],
    [-400, "FAIL", 1],
  ])("api.md 1: a clock that is %i s off", async (aheadSec, mark, code) => {
    const url = await relay(gateway, (_, answer) => ({
      ...answer,
      date: new Date(Date.now() + aheadSec * 1_000).toUTCString(),
    }));
    const visit = await doctor({ url });
    const line = [...failures(visit), ...warnings(visit)].join("\n");
    expect(line).toMatch(new RegExp(`^${mark}  clock: \\d+ s (behind|ahead of) the gateway`));
    expect(visit.code).toBe(code);
  });

  it.each([
    ["each time", Infinity, "FAIL", "refuses it (401)"],
    ["once", 1, "warn", "tokens are being revoked"],
  ])("PP-03: a token that is revoked %s", async (...[, times, mark, says]) => {
    let left = times;
    const relayed = await relay(sandbox, async (request, answer) => {
      if (!request.url?.endsWith("/v1/oauth/token") || left === 0) return answer;
      left -= 1;
      await callAdmin(`${sandbox}/admin/tokens/revoke`, "POST", {});
      return answer;
    });
    const base = `${relayed}/apis/pg-sandbox`;
    const visit = await doctor({ vars: { PHONEPE_PG_URL: base, PHONEPE_OAUTH_URL: base } });
    expect([...failures(visit), ...warnings(visit)]).toEqual([
      expect.stringMatching(`^${mark}  demo order status: .*${says.replace(/[()]/g, "\\$&")}`),
    ]);
  });

  it("PCI-8.6.2: a secret on the command line is refused, and not repeated", async () => {
    const visit = await doctor({ vars: { MASTER_KEYS } });
    expect(visit.code).toBe(2);
    expect(visit.lines.join("\n")).not.toContain(MASTER_KEYS);
  });
});

/** PhonePe's production hosts and a public gateway, as far as the sandbox can play them. */
const HOSTS: ReadonlyMap<string, string> = new Map([
  ["https://api.phonepe.com", sandbox],
  ["https://pay.example.com", gateway],
  ["http://pay.example.com", gateway],
]);
const asked: string[] = [];
const askInProduction: Ask = async (question) => {
  asked.push(question.url);
  const { origin } = new URL(question.url);
  const played = HOSTS.get(origin);
  if (played === undefined) return { type: "no_answer", reason: "name_unknown" };
  return askByFetch({ ...question, url: question.url.replace(origin, played) });
};

async function visitProduction(mistake: Mistake = {}): Promise<string[]> {
  asked.length = 0;
  const findings = await runDoctor(
    {
      ask: askInProduction,
      nowMs: () => Date.now(),
      isAllowedUrl: isAllowedNotifyUrl,
      hmacSha256Hex: async (secret, text) =>
        createHmac("sha256", secret).update(text).digest("hex"),
    },
    {
      vars: {
        ENVIRONMENT: "production",
        PHONEPE_PG_URL: "https://api.phonepe.com/apis/pg",
        PHONEPE_OAUTH_URL: "https://api.phonepe.com/apis/identity-manager",
        PHONEPE_CHECKOUT_SCRIPT_URL: "https://mercury.phonepe.com/web/bundle/checkout.js",
        PHONEPE_V1_URL: "https://api.phonepe.com/apis/hermes",
        ...mistake.vars,
      },
      masterKeys: MASTER_KEYS,
      bootstrap: bootstrap(mistake.phonepe),
      gatewayUrl: mistake.url ?? "https://pay.example.com",
    },
  );
  return findings
    .filter(({ level }) => level === "fail" || level === "warn")
    .map((finding) => findingLine(finding));
}

describe("production, played by the sandbox", () => {
  beforeAll(addMissingBytes);

  it("PP-02: sandbox credentials with version 1 are suspected, though they work here", async () => {
    expect(await visitProduction()).toEqual([
      expect.stringMatching(/^warn {2}demo clientId: .* looks like a sandbox id/),
      expect.stringMatching(/^warn {2}demo clientVersion: 1 in production/),
    ]);
  });

  it("PP-02: refused sandbox credentials are named as the likely reason", async () => {
    const lines = await visitProduction({ phonepe: { clientVersion: 3 } });
    expect(lines).toContainEqual(
      expect.stringMatching(/^FAIL {2}demo OAuth: .*Likely clientId: .* looks like a sandbox id/),
    );
  });

  it("PP-02: OAuth at /apis/pg is found by its URL and by its answer", async () => {
    const vars = { PHONEPE_OAUTH_URL: "https://api.phonepe.com/apis/pg" };
    const lines = await visitProduction({ vars });
    const right = "https://api.phonepe.com/apis/identity-manager.";
    expect(lines.filter((line) => line.startsWith("FAIL") && line.endsWith(right))).toEqual([
      expect.stringContaining("PHONEPE_OAUTH_URL: /apis/pg is not the production path"),
      expect.stringContaining("demo OAuth: there is no OAuth at /apis/pg"),
    ]);
  });

  it("PP-05: http on a public name: said, and no credential sent there", async () => {
    const lines = await visitProduction({ url: "http://pay.example.com" });
    expect(lines).toContainEqual(
      expect.stringContaining("FAIL  webhook URL: not https on a public host"),
    );
    expect(asked).toContain("http://pay.example.com/api/payments/webhook");
    expect(asked.filter((url) => url.includes("/webhook/phonepe/"))).toEqual([]);
  });
});
