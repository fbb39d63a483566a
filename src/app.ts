/** The Hono app: doors in order, routes, the error boundary. */
import { Hono } from "hono";
import type * as z from "zod";
import { errorMessage, type Log, randomId } from "#base";
import {
  corsHeaders,
  isPreflight,
  PAGE_SECURE_HEADERS,
  preflightHeaders,
  SECURE_HEADERS,
  signAnswer,
} from "#door";
import {
  analyticsOperation,
  answerHealth,
  auditKeysOperation,
  beginSelfTestOperation,
  beginRestoreOperation,
  type AppContext,
  type AppEnv,
  complianceOperation,
  configHistoryOperation,
  configOperation,
  createApiKeyOperation,
  credentialsOperation,
  eraseCustomerOperation,
  errorAnswer,
  exportCustomerOperation,
  type HttpDeps,
  initiateOperation,
  labelOperation,
  listApiKeysOperation,
  listKeysOperation,
  metricsOperation,
  type Operation,
  parkedNotificationsOperation,
  publicKeys,
  publicPages,
  putConfigOperation,
  putCredentialOperation,
  rateHeaders,
  receiveWebhook,
  refundOperation,
  refundStatusOperation,
  replayNotificationOperation,
  residencyOperation,
  riskOperation,
  restoreProgressOperation,
  revokeApiKeyOperation,
  rollBackConfigOperation,
  rotateApiKeyOperation,
  rotateKeysOperation,
  runOperation,
  searchAuditOperation,
  securityStatusOperation,
  selfTestOperation,
  statusOperation,
  webhookEventsOperation,
} from "#http";
import { Problem, problemBody } from "#problems";

type Handler = (c: AppContext) => Response | Promise<Response>;

interface Route {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly handle: Handler;
}

const BASE = "/api/payments";
const ADMIN = "/api/admin";

const get = (path: string, handle: Handler): Route => ({ method: "GET", path, handle });
const post = (path: string, handle: Handler): Route => ({ method: "POST", path, handle });
const put = (path: string, handle: Handler): Route => ({ method: "PUT", path, handle });

/** All routes, as the router and the API's description have them (API-9). */
export function routesFor(deps: HttpDeps): Route[] {
  return [
    ...paymentRoutes(deps),
    ...operatorRoutes(deps),
    ...adminRoutes(deps),
    ...webhookRoutes(deps),
    ...watchRoutes(deps),
    get("/.well-known/jwks.json", () => publicKeys(deps)),
    ...pageRoutes(deps),
  ];
}

const runWith =
  (deps: HttpDeps) =>
  <Schema extends z.ZodType, Prepared>(operation: Operation<Schema, Prepared>): Handler =>
  (c) =>
    runOperation(c, deps, operation);

function paymentRoutes(deps: HttpDeps): Route[] {
  const run = runWith(deps);
  return [
    post(`${BASE}/initiate`, run(initiateOperation(deps.urlPolicy))),
    get(`${BASE}/status/:id`, run(statusOperation)),
    post(`${BASE}/refund`, run(refundOperation())),
    get(`${BASE}/refund/:id`, run(refundStatusOperation)),
  ];
}

function operatorRoutes(deps: HttpDeps): Route[] {
  const run = runWith(deps);
  return [
    get(`${BASE}/analytics`, run(analyticsOperation)),
    get(`${BASE}/webhook-events`, run(webhookEventsOperation)),
    get(`${BASE}/notifications`, run(parkedNotificationsOperation)),
    post(`${BASE}/notifications/:id/:sequence/replay`, run(replayNotificationOperation)),
    post(`${BASE}/api-keys`, run(createApiKeyOperation())),
    get(`${BASE}/api-keys`, run(listApiKeysOperation)),
    post(`${BASE}/api-keys/:id/rotate`, run(rotateApiKeyOperation())),
    post(`${BASE}/api-keys/:id/revoke`, run(revokeApiKeyOperation)),
    get(`${BASE}/audit`, run(searchAuditOperation)),
    get(`${BASE}/audit/keys`, run(auditKeysOperation)),
    post(`${BASE}/rotate-keys`, run(rotateKeysOperation())),
    get(`${BASE}/keys`, run(listKeysOperation)),
  ];
}

function adminRoutes(deps: HttpDeps): Route[] {
  const run = runWith(deps);
  return [
    post(`${ADMIN}/customers/:id/export`, run(exportCustomerOperation)),
    post(`${ADMIN}/customers/:id/erase`, run(eraseCustomerOperation)),
    get(`${ADMIN}/config/:merchantId`, run(configOperation)),
    put(`${ADMIN}/config/:merchantId`, run(putConfigOperation())),
    get(`${ADMIN}/config/:merchantId/history`, run(configHistoryOperation)),
    post(`${ADMIN}/config/:merchantId/rollback`, run(rollBackConfigOperation())),
    get(`${ADMIN}/credentials/:merchantId`, run(credentialsOperation)),
    put(`${ADMIN}/credentials/:merchantId/:name`, run(putCredentialOperation())),
    get(`${ADMIN}/risk`, run(riskOperation)),
    post(`${ADMIN}/payments/:id/label`, run(labelOperation())),
    get(`${ADMIN}/residency`, run(residencyOperation)),
    post(`${ADMIN}/restore`, run(beginRestoreOperation())),
    get(`${ADMIN}/restore`, run(restoreProgressOperation)),
  ];
}

/** What monitors ask. */
function watchRoutes(deps: HttpDeps): Route[] {
  const run = runWith(deps);
  return [
    get(`${BASE}/health`, (c) => answerHealth(c, deps)),
    get(`${BASE}/compliance-report`, run(complianceOperation)),
    post(`${BASE}/security-test`, run(beginSelfTestOperation)),
    get(`${BASE}/security-test/:runId`, run(selfTestOperation)),
    get(`${BASE}/security-status`, run(securityStatusOperation)),
    get("/metrics", run(metricsOperation)),
  ];
}

/** A provider's name first: a merchant called "phonepe" is reached by the longer path. */
function webhookRoutes(deps: HttpDeps): Route[] {
  const webhook: Handler = (c) => receiveWebhook(c, deps);
  return [
    post(`${BASE}/webhook`, webhook),
    post(`${BASE}/webhook/phonepe`, webhook),
    post(`${BASE}/webhook/phonepe/:merchantId`, webhook),
    post(`${BASE}/webhook/:merchantId`, webhook),
    post(`${BASE}/webhook/:provider/:merchantId`, webhook),
  ];
}

function pageRoutes(deps: HttpDeps): Route[] {
  const pages = publicPages({ routes: () => routesFor(deps), version: deps.version });
  return [
    { method: "GET", path: "/openapi.json", handle: () => pages.openApi() },
    { method: "GET", path: "/docs", handle: () => pages.docs() },
    { method: "GET", path: "/problems/:code", handle: (c) => pages.problem(c.req.param("code")) },
  ];
}

export interface AppOptions<Env extends object> {
  /** Throws when the configuration is broken. */
  readonly depsFor: (env: Env) => HttpDeps;
  readonly log: Log;
}

/** With a broken configuration every answer is a 500 and nothing is done; the log names the place (api.md 8). */
export function makeApp<Env extends object>({ depsFor, log }: AppOptions<Env>) {
  return {
    fetch(request: Request, env: Env, ctx?: ExecutionContext): Response | Promise<Response> {
      let deps: HttpDeps;
      try {
        deps = depsFor(env);
      } catch (error) {
        log("error", "the configuration is broken", { error: errorMessage(error) });
        return brokenAnswer(request);
      }
      const answer = Promise.resolve(appOf(deps).fetch(request, { ctx }));
      // A client that hangs up must not cut the work short between two hops.
      ctx?.waitUntil(answer);
      return answer;
    },
  };
}

function brokenAnswer(request: Request): Response {
  const { origin, pathname } = new URL(request.url);
  const requestId = randomId("req");
  const place = { baseUrl: origin, instance: pathname, requestId };
  return new Response(problemBody(new Problem("internal_error"), place), {
    status: 500,
    headers: {
      ...SECURE_HEADERS,
      "content-type": "application/problem+json",
      "x-request-id": requestId,
    },
  });
}

const NO_ORIGINS: ReadonlySet<string> = new Set();
const apps = new WeakMap<HttpDeps, Hono<AppEnv>>();

function appOf(deps: HttpDeps): Hono<AppEnv> {
  const known = apps.get(deps) ?? buildApp(deps);
  apps.set(deps, known);
  return known;
}

function buildApp(deps: HttpDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async function answerHeaders(c, next) {
    const requestId = deps.newRequestId();
    c.set("requestId", requestId);
    c.set("afterAnswer", (work) => c.env.ctx?.waitUntil(work));
    await next();
    setHeaders(c, {
      "x-request-id": requestId,
      ...(await corsOf(c, deps)),
      ...rateHeaders(c, deps),
    });
    // A page has a policy of its own.
    const { headers } = c.res;
    setHeaders(c, headers.has("content-security-policy") ? PAGE_SECURE_HEADERS : SECURE_HEADERS);
    if (c.req.raw.headers.has("accept-signature")) setHeaders(c, await signatureOf(c, deps));
  });
  const routes = routesFor(deps);
  for (const { method, path, handle } of routes) app.on(method, path, handle);
  // 405 after all routes, so that a path only falls through to it when no method fits (api.md 1).
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = allowOf(routes, path);
    app.all(path, (c) => otherMethod(c, deps, allow));
  }
  // Answered here: an error thrown by this handler would pass by the headers of the answer.
  app.notFound((c) => errorAnswer(new Problem("route_not_found"), c, deps));
  app.onError((error, c) => errorAnswer(error, c, deps));
  return app;
}

function setHeaders(c: AppContext, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
}

/** Who is no browser costs no look at all merchants. */
async function corsOf(c: AppContext, deps: HttpDeps): Promise<Record<string, string>> {
  const origin = c.req.header("origin") ?? null;
  const allowed = c.get("origins") ?? (origin === null ? NO_ORIGINS : await deps.origins());
  return corsHeaders(origin, allowed);
}

/** Of an answer that is complete, to a signed request that asks for it (RFC 9421 5). */
async function signatureOf(c: AppContext, deps: HttpDeps): Promise<Record<string, string>> {
  const signer = c.get("signer");
  if (!signer) return {};
  const { status, headers } = c.res;
  const body = new Uint8Array(await c.res.clone().arrayBuffer());
  const nowSec = Math.floor(deps.nowMs() / 1_000);
  return signAnswer({ status, headers, body }, c.req.raw, { signer, nowSec });
}

/** A browser's question is answered for origins that a merchant has named; everything else is a 405. */
async function otherMethod(c: AppContext, deps: HttpDeps, allow: string): Promise<Response> {
  const asked = isPreflight(c.req.raw) && (await deps.origins()).has(c.req.header("origin") ?? "");
  if (!asked) throw new Problem("method_not_allowed", { headers: { allow } });
  return new Response(null, { status: 204, headers: preflightHeaders(allow) });
}

function allowOf(routes: readonly Route[], path: string): string {
  const methods = routes.filter((route) => route.path === path).map((route) => route.method);
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
}
