import { HEADERS, PARAMETERS, SECURITY_SCHEMES } from "./common-parts.ts";
import { EXAMPLES } from "./examples.ts";
import { guideMarkdown, GUIDES } from "./guides.ts";
import type { ApiOperation, OpenApiDocument, PathItem } from "./openapi-types.ts";
import { operationDocument } from "./operation-document.ts";
import type { Tag } from "./route-doc.ts";
import { routeDoc, type RouteName } from "./route-docs.ts";
import { namesIn, schemaComponents, schemaRef } from "./schema-components.ts";

const TAGS: Readonly<Record<Tag, string>> = {
  Payments: "Take money.",
  Refunds: "Give it back.",
  Operations: "See what went astray; rotate the gateway's own keys.",
  "API keys": "Make, rotate and revoke the keys that sign.",
  Configuration: "What is set of your merchant, and its credentials.",
  Customers: "Show and erase what is kept of a person.",
  Webhooks: "What providers call.",
  Public: "What anybody may read.",
};

const INTRODUCTION =
  "Foolproof stands between your server and payment providers: one order placed per payment, one answer per request, " +
  "and no state that a provider's status API has not confirmed.";

/**
 * The API in OpenAPI 3.1 (API-9): the routes given, no more and no less.
 *
 * @throws when nothing is said about one of the routes
 */
export function openApiDocument(
  routes: readonly RouteName[],
  { version }: { readonly version: string },
): OpenApiDocument {
  const paths = pathsOf(routes);
  const webhooks = { notification: { post: notificationOperation() } };
  return {
    openapi: "3.1.1",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Foolproof payment gateway",
      version,
      summary: "Payments in rupees, in front of PhonePe.",
      description: [INTRODUCTION, ...GUIDES.map(guideMarkdown)].join("\n\n"),
      license: { name: "Apache 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The gateway that serves this document." }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    webhooks,
    components: {
      schemas: schemaComponents(new Set(namesIn({ paths, webhooks }))),
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function pathsOf(routes: readonly RouteName[]): Record<string, PathItem> {
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    const item = (paths[path] ??= {});
    item[route.method.toLowerCase()] = operationDocument(routeDoc(route));
  }
  return paths;
}

/** What the gateway sends (api.md 6): the merchant's server answers. */
function notificationOperation(): ApiOperation {
  return {
    operationId: "receiveNotification",
    tags: ["Webhooks"],
    summary: "What your server is told",
    description:
      "Sent to your `notifyUrl` when a payment or refund has ended. At least once: act once per `webhook-id`. " +
      "Tried for 72 hours, then parked.",
    security: [{ standardWebhook: [] }],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: schemaRef("Notification"),
          examples: { completed: { value: EXAMPLES.notification } },
        },
      },
    },
    responses: {
      "2XX": { description: "You have it. Anything else is tried again." },
      "410": { description: "The address is gone: it is turned off." },
    },
  };
}
