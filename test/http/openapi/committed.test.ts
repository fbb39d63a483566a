import { expect, it } from "vitest";
import { openApiDocument } from "#http";
import { version } from "../../../package.json";
import { ROUTES } from "./routes.ts";

it("API-9: docs/openapi.json is the document of this version (npm run openapi writes it)", async () => {
  const document = openApiDocument(ROUTES, { version });
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(
    "../../../docs/openapi.json",
  );
});
