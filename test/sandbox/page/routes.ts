import { type Context, Hono } from "hono";
import * as z from "zod";
import { switchesFor } from "../books/behaviour.ts";
import type { Books } from "../books/books.ts";
import { INSTRUMENTS } from "../books/instruments.ts";
import { findOrderByPageToken, listAttempts, pendingAttempt } from "../books/ledger.ts";
import { findMerchant } from "../books/merchants.ts";
import { decide, type Outcome } from "../books/orders.ts";
import type { Order } from "../books/schema.ts";
import { endedView, type Frame, leftView, payView, refusedView, waitingView } from "./views.ts";

/** The pay page (contract 1.4, EM-08, EM-15, EM-16). Who has the token may pay: there is no other login. */
export function pageRoutes(books: Books): Hono {
  const app = new Hono();
  app.get("/uat_v2", (context) => show(books, context));
  app.get("/simulator", (context) => show(books, context));
  app.get("/state", (context) => {
    const order = findOrderByPageToken(books, context.req.query("token") ?? "");
    const waiting = order !== undefined && pendingAttempt(books, order.orderId) !== undefined;
    context.header("cache-control", "no-store");
    return context.json({ waiting });
  });
  app.post("/choose", (context) => choose(books, context));
  return app;
}

async function show(books: Books, context: Context): Promise<Response> {
  const order = findOrderByPageToken(books, context.req.query("token") ?? "");
  if (order === undefined) return refusedView("unknown");
  const blank = (context.req.header("referer") ?? "") === "";
  if (blank && !switchesFor(books, order).allowBlankReferrer) return refusedView("blank-referrer");
  const scene = {
    order,
    merchantName: findMerchant(books, order.merchantId)?.name ?? order.merchantId,
    frame: frameOf(context.req.query("type"), context.req.query("parent")),
  };
  if (order.state !== "PENDING") return endedView(scene);
  if (context.req.query("left") === "1") return leftView(scene);
  const [newest] = listAttempts(books, order.orderId);
  if (newest?.state === "PENDING") return waitingView(scene);
  return payView(scene, newest);
}

const choiceSchema = z.object({
  token: z.string(),
  type: z.string().default(""),
  parent: z.string().default(""),
  instrument: z.enum(INSTRUMENTS).default("UPI"),
  outcome: z.enum(["auto", "success", "fail", "pending", "abandon"]),
  vpa: z.string().default(""),
  card: z.string().default(""),
  bank: z.string().default(""),
});
type Choice = z.infer<typeof choiceSchema>;

/** Applies the payer's choice, then shows the page again, so that reloading repeats nothing. */
async function choose(books: Books, context: Context): Promise<Response> {
  const choice = choiceSchema.safeParse(await context.req.parseBody()).data;
  const order = choice === undefined ? undefined : findOrderByPageToken(books, choice.token);
  if (choice === undefined || order === undefined) return refusedView("unknown");
  books.atomically(() => apply(books, order, choice));
  const query = new URLSearchParams({ token: choice.token });
  const frame = frameOf(choice.type, choice.parent);
  if (frame.framed) {
    query.set("type", "IFRAME");
    query.set("parent", frame.parentOrigin);
  }
  if (choice.outcome === "abandon") query.set("left", "1");
  return context.redirect(`/transact/uat_v2?${query.toString()}`, 303);
}

/** A choice that no longer fits (the order has ended, an attempt is under way) changes nothing; the page shows why. */
function apply(books: Books, order: Order, choice: Choice): void {
  if (choice.outcome === "abandon") {
    if (switchesFor(books, order).cancelMode === "fail-order") {
      decide(books, order, { outcome: "cancel", instrument: choice.instrument });
    }
    return;
  }
  if (pendingAttempt(books, order.orderId) !== undefined) return;
  const outcome = choice.outcome === "auto" ? outcomeOfTestData(choice) : choice.outcome;
  decide(books, order, { outcome, instrument: choice.instrument });
}

/** `success@ybl`, `failed@ybl`, anything else pending; the page's test cards and banks say it themselves (EM-16). */
function outcomeOfTestData(choice: Choice): Outcome {
  if (choice.instrument === "UPI") {
    if (choice.vpa.startsWith("success@")) return "success";
    return choice.vpa.startsWith("failed@") ? "fail" : "pending";
  }
  const picked = choice.instrument === "CARD" ? choice.card : choice.bank;
  if (picked === "fail" || picked === "pending") return picked;
  return "success";
}

function frameOf(type: string | undefined, parent: string | undefined): Frame {
  const origin = parent ?? "";
  return {
    framed: type === "IFRAME",
    parentOrigin: URL.canParse(origin) ? new URL(origin).origin : "",
  };
}
