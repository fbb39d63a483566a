import { Hono } from "hono";
import { switchesFor } from "../books/behaviour.ts";
import type { Books } from "../books/books.ts";
import { randomHex } from "../books/ids.ts";
import { findMerchantByClient, issueToken } from "../books/merchants.ts";
import type { Merchant } from "../settings.ts";
import { type Answer, invalidClient, missingField } from "./answers.ts";
import { type Call, serve } from "./serve.ts";

const FIELDS = ["client_id", "client_version", "client_secret", "grant_type"] as const;

/** Access tokens (contract 2). */
export function oauthRoutes(books: Books): Hono {
  const app = new Hono();
  app.post(
    "/v1/oauth/token",
    serve(books, "oauth", (call) => token(books, call)),
  );
  return app;
}

function token(books: Books, call: Call): Answer {
  const form = new URLSearchParams(isForm(call) ? call.text : "");
  const missing = FIELDS.find((name) => (form.get(name) ?? "") === "");
  if (missing !== undefined) return missingField(missing);
  if (form.get("grant_type") !== "client_credentials") return missingField("grant_type");
  const merchant = findMerchantByClient(books, form.get("client_id") ?? "");
  if (merchant === undefined || !credentialsFit(form, merchant)) {
    return invalidClient(switchesFor(books).badCredentials, randomHex(4));
  }
  const { tokenLifeSec } = switchesFor(books, { merchantId: merchant.merchantId });
  const issued = issueToken(books, merchant.merchantId, tokenLifeSec);
  return {
    status: 200,
    body: {
      access_token: issued.token,
      encrypted_access_token: issued.token,
      expires_in: null,
      issued_at: issued.issuedAtSec,
      expires_at: issued.expiresAtSec,
      session_expires_at: issued.expiresAtSec,
      token_type: "O-Bearer",
    },
  };
}

function isForm(call: Call): boolean {
  const contentType = call.context.req.header("content-type") ?? "";
  return contentType.startsWith("application/x-www-form-urlencoded");
}

function credentialsFit(form: URLSearchParams, merchant: Merchant): boolean {
  return (
    form.get("client_secret") === merchant.clientSecret &&
    form.get("client_version") === merchant.clientVersion
  );
}
