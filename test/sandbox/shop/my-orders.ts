/**
 * Which orders belong to this browser: a signed, HttpOnly cookie of order ids. The shop stores
 * nothing else. Whoever has an order's id may see its outcome, since payers come back from their
 * bank in other browsers too; paying and refunding need the cookie.
 */
import type { Context } from "hono";
import { getSignedCookie, setSignedCookie } from "hono/cookie";

const COOKIE = "shop_orders";
const ORDERS_MAX = 12;
const MAX_AGE_SEC = 30 * 24 * 60 * 60;
const ORDER_ID = /^[A-Za-z0-9_-]{1,63}$/;

/** Newest first. Empty for a browser without a cookie, or with one that we did not sign. */
export async function myOrders(c: Context, cookieSecret: string): Promise<readonly string[]> {
  const value = await getSignedCookie(c, cookieSecret, COOKIE);
  if (typeof value !== "string") return [];
  return value.split(".").filter((id) => ORDER_ID.test(id));
}

/** Adds an order; the oldest ones over the limit are forgotten. */
export async function rememberOrder(
  c: Context,
  cookieSecret: string,
  orderId: string,
): Promise<void> {
  const others = (await myOrders(c, cookieSecret)).filter((id) => id !== orderId);
  const value = [orderId, ...others].slice(0, ORDERS_MAX).join(".");
  await setSignedCookie(c, COOKIE, value, cookieSecret, {
    path: "/shop",
    httpOnly: true,
    // Lax: the payer comes back from the pay page by a link from another site.
    sameSite: "Lax",
    secure: new URL(c.req.url).protocol === "https:",
    maxAge: MAX_AGE_SEC,
  });
}
