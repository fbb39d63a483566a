/** The Hono app: doors in order, routes, the error boundary. */
import { Hono } from "hono";
import { errorMessage, type Log, randomId } from "#base";
import { SECURE_HEADERS } from "#door";
import {
  type AppContext,
  type AppEnv,
  errorAnswer,
  type HttpDeps,
  initiateOperation,
  parkedNotificationsOperation,
  receiveWebhook,
  refundOperation,
  refundStatusOperation,
  replayNotificationOperation,
  runOperation,
  statusOperation,
  webhookEventsOperation,
} from "#http";
import { Problem, problemBody } from "#problems";

type Handler = (c: AppContext) => Response | Promise<Response>;

interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly handle: Handler;
}

function routesFor(deps: HttpDeps): Route[] {
  const initiate = initiateOperation(deps.urlPolicy);
  const webhook: Handler = (c) => receiveWebhook(c, deps);
  const base = "/api/payments";
  return [
    { method: "POST", path: `${base}/initiate`, handle: (c) => runOperation(c, deps, initiate) },
    {
      method: "GET",
      path: `${base}/status/:id`,
      handle: (c) => runOperation(c, deps, statusOperation),
    },
    {
      method: "POST",
      path: `${base}/refund`,
      handle: (c) => runOperation(c, deps, refundOperation()),
    },
    {
      method: "GET",
      path: `${base}/refund/:id`,
      handle: (c) => runOperation(c, deps, refundStatusOperation),
    },
    {
      method: "GET",
      path: `${base}/webhook-events`,
      handle: (c) => runOperation(c, deps, webhookEventsOperation),
    },
    {
      method: "GET",
      path: `${base}/notifications`,
      handle: (c) => runOperation(c, deps, parkedNotificationsOperation),
    },
    {
      method: "POST",
      path: `${base}/notifications/:id/:sequence/replay`,
      handle: (c) => runOperation(c, deps, replayNotificationOperation),
    },
    // A provider's name first: a merchant called "phonepe" is reached by the longer path.
    { method: "POST", path: `${base}/webhook`, handle: webhook },
    { method: "POST", path: `${base}/webhook/phonepe`, handle: webhook },
    { method: "POST", path: `${base}/webhook/phonepe/:merchantId`, handle: webhook },
    { method: "POST", path: `${base}/webhook/:merchantId`, handle: webhook },
    { method: "POST", path: `${base}/webhook/:provider/:merchantId`, handle: webhook },
    {
      method: "GET",
      path: `${base}/health`,
      handle: () => Response.json({ status: "ok", version: deps.version }),
    },
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
    c.res.headers.set("x-request-id", requestId);
    for (const [name, value] of Object.entries(SECURE_HEADERS)) c.res.headers.set(name, value);
  });
  const routes = routesFor(deps);
  for (const { method, path, handle } of routes) app.on(method, path, handle);
  // 405 after all routes, so that a path only falls through to it when no method fits (api.md 1).
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = allowOf(routes, path);
    app.all(path, () => {
      throw new Problem("method_not_allowed", { headers: { allow } });
    });
  }
  // Answered here: an error thrown by this handler would pass by the headers of the answer.
  app.notFound((c) => errorAnswer(new Problem("route_not_found"), c, deps.log));
  app.onError((error, c) => errorAnswer(error, c, deps.log));
  return app;
}

function allowOf(routes: readonly Route[], path: string): string {
  const methods = routes.filter((route) => route.path === path).map((route) => route.method);
  return methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
}
