import { assert } from "#base";
import { COMPLIANCE_ROUTES } from "./compliance.ts";
import { KEY_ROUTES } from "./key-routes.ts";
import { CUSTOMER_ROUTES } from "./customer-routes.ts";
import { MERCHANT_ROUTES } from "./merchant-routes.ts";
import { OPEN_ROUTES } from "./open-routes.ts";
import { OPERATOR_ROUTES } from "./operator-routes.ts";
import { RESIDENCY_ROUTES } from "./residency.ts";
import { ANALYTICS_ROUTES } from "./analytics-route.ts";
import { RISK_ROUTES } from "./risk-routes.ts";
import { SECURITY_ROUTES } from "./security-routes.ts";
import { SELF_TEST_ROUTES } from "./self-test-routes.ts";
import { SETTINGS_ROUTES } from "./settings-routes.ts";
import type { RouteDoc } from "./route-doc.ts";

/** A route as the router has it, its parameters spelled as Hono does: `/api/payments/status/:id`. */
export interface RouteName {
  readonly method: string;
  readonly path: string;
}

/** All that is said about routes, by `routeKey`, in the order in which it is read. */
export const ROUTE_DOCS: Readonly<Record<string, RouteDoc>> = {
  ...MERCHANT_ROUTES,
  ...OPERATOR_ROUTES,
  ...SETTINGS_ROUTES,
  ...KEY_ROUTES,
  ...CUSTOMER_ROUTES,
  ...ANALYTICS_ROUTES,
  ...SECURITY_ROUTES,
  ...COMPLIANCE_ROUTES,
  ...RISK_ROUTES,
  ...RESIDENCY_ROUTES,
  ...SELF_TEST_ROUTES,
  ...OPEN_ROUTES,
};

export function routeKey({ method, path }: RouteName): string {
  return `${method} ${path}`;
}

/** API-9: a route that nobody described is an error, not a gap in the document. */
export function routeDoc(route: RouteName): RouteDoc {
  const key = routeKey(route);
  const doc = Object.hasOwn(ROUTE_DOCS, key) ? ROUTE_DOCS[key] : undefined;
  assert(doc !== undefined, `API-9: ${key} is not described`);
  return doc;
}
