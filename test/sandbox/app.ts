import { Hono } from "hono";
import { adminRoutes } from "./admin/routes.ts";
import { landingRoutes } from "./admin/landing.ts";
import { API_MAPPING_NOT_FOUND, INTERNAL_SERVER_ERROR, respond } from "./api/answers.ts";
import { oauthRoutes } from "./api/oauth.ts";
import { v1Routes } from "./api/v1.ts";
import { v2Routes } from "./api/v2.ts";
import type { Books } from "./books/books.ts";
import { pageRoutes } from "./page/routes.ts";

/** Everything that reads or writes the books. It runs inside the Durable Object, beside its database. */
export function createSandboxApp(books: Books): Hono {
  const app = new Hono();
  // EM-18: one prefix with everything, and the three of production.
  app.route("/apis/pg-sandbox", oauthRoutes(books));
  app.route("/apis/pg-sandbox", v2Routes(books));
  app.route("/apis/pg-sandbox", v1Routes(books));
  app.route("/apis/identity-manager", oauthRoutes(books));
  app.route("/apis/pg", v2Routes(books));
  app.route("/apis/hermes", v1Routes(books));
  app.route("/transact", pageRoutes(books));
  app.route("/admin", adminRoutes(books));
  app.route("/", landingRoutes(books));
  app.notFound(() => respond(API_MAPPING_NOT_FOUND));
  app.onError((error) => {
    console.error(error);
    return respond(INTERNAL_SERVER_ERROR);
  });
  return app;
}
