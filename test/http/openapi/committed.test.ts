import { expect, it } from "vitest";
import { openApiDocument } from "#http";
import { version } from "../../../package.json";
import { env } from "cloudflare:workers";
import { routesFor } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";

const ROUTES = routesFor(wireHttp(env)).map(({ method, path }) => ({ method, path }));

it("API-9: docs/openapi.json is the document of this version (npm run openapi writes it)", async () => {
  const document = openApiDocument(ROUTES, { version });
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(
    "../../../docs/openapi.json",
  );
});
