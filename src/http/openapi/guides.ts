import { unreachable } from "#base";

/** What a developer reads before the first call. It stands in the document as Markdown, and on the page. */
export type GuideBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly label: string; readonly code: string }
  | {
      readonly type: "table";
      readonly caption: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

export interface Guide {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly GuideBlock[];
}

/** A request that was really signed; a test signs it again. */
export const SIGNED_EXAMPLE = {
  secret: "test-secret-of-the-documentation",
  request: `POST /api/payments/initiate HTTP/1.1
Host: pay.example.in
content-type: application/json
content-digest: sha-256=:hJGmV/ZqwA7Q3KDdPmEyFqAD9i73nmSH9nN8+UJZVQQ=:
idempotency-key: order-1001-try-1
signature-input: sig1=("@method" "@authority" "@path" "@query" "content-type" "content-digest" "idempotency-key");created=1795600000;nonce="Zm9vcHJvb2Ytbm9uY2U";keyid="ak_test_01";alg="hmac-sha256"
signature: sig1=:mM6mANT1VZSR/Kjtfs9575x2jxYhpamhTaPEalVHnRU=:

{"merchantOrderId":"order-1001","amount":49900,"redirectUrl":"https://shop.example/return"}`,
  signatureBase: `"@method": POST
"@authority": pay.example.in
"@path": /api/payments/initiate
"@query": ?
"content-type": application/json
"content-digest": sha-256=:hJGmV/ZqwA7Q3KDdPmEyFqAD9i73nmSH9nN8+UJZVQQ=:
"idempotency-key": order-1001-try-1
"@signature-params": ("@method" "@authority" "@path" "@query" "content-type" "content-digest" "idempotency-key");created=1795600000;nonce="Zm9vcHJvb2Ytbm9uY2U";keyid="ak_test_01";alg="hmac-sha256"`,
} as const;

const SIGNING: Guide = {
  id: "signing",
  title: "Signing requests",
  blocks: [
    {
      type: "text",
      text: "Every call but the public ones is signed with HTTP Message Signatures (RFC 9421, `hmac-sha256`), and its body is covered by Content-Digest (RFC 9530). The client for Node and Workers does it for you.",
    },
    {
      type: "table",
      caption: "What a signature is made of",
      head: ["Item", "Rule"],
      rows: [
        [
          "Covered components",
          'Always `"@method" "@authority" "@path" "@query"`. With a body also `"content-type" "content-digest"`. With an `Idempotency-Key` also `"idempotency-key"`.',
        ],
        [
          "Parameters",
          '`created` (epoch seconds), `nonce` (16 to 64 of `[A-Za-z0-9_-]`, used once), `keyid`, `alg="hmac-sha256"`.',
        ],
        [
          "Signing key",
          '`HMAC-SHA256(key = API secret, message = "foolproof-v1/" + YYYY-MM-DD)`, with the UTC date of `created`: a leaked key dies with its day.',
        ],
        ["Freshness", "At most 300 s old, at most 30 s ahead. Keep the clock right."],
        ["Digest", "`sha-256` or `sha-512` of the body's bytes as sent."],
        ["Label", "One signature, under one label."],
      ],
    },
    {
      type: "text",
      text: `For example, with the secret \`${SIGNED_EXAMPLE.secret}\` this payment is signed over the lines below it:`,
    },
    { type: "code", label: "Request", code: SIGNED_EXAMPLE.request },
    { type: "code", label: "Signature base", code: SIGNED_EXAMPLE.signatureBase },
    {
      type: "code",
      label: "With the client",
      code: `import { createClient } from "foolproof/client";

const gateway = createClient({ baseUrl: "https://pay.example.in", keyId: "ak_test_01", secret });
const payment = await gateway.initiate({
  merchantOrderId: "order-1001",
  amount: 49_900, // paisa: ₹499.00
  redirectUrl: "https://shop.example/return",
});`,
    },
  ],
};

const IDEMPOTENCY: Guide = {
  id: "idempotency",
  title: "Repeating a call",
  blocks: [
    {
      type: "text",
      text: "Initiate and refund are safe to repeat. `merchantOrderId` and `merchantRefundId` are idempotent by themselves: the same id and content give the same payment or refund, other content is `state_conflict`.",
    },
    {
      type: "text",
      text: "With an `Idempotency-Key` the first answer comes again, byte for byte, with `Idempotency-Replayed: true`, for at least 24 hours. The same key with another request is `idempotency_key_reused`. Sign each try anew: a nonce counts once.",
    },
  ],
};

const RATE_LIMITS: Guide = {
  id: "rate-limits",
  title: "Rate limits",
  blocks: [
    {
      type: "text",
      text: "Sliding windows per API key and class of route, by the key's tier. Every answer carries `RateLimit-Policy` and `RateLimit`; a refusal also `Retry-After`, and it costs no window space. An address may have 600 signatures refused a minute.",
    },
    {
      type: "table",
      caption: "Requests by tier",
      head: ["Tier", "Initiate, refund", "Read", "Security"],
      rows: [
        ["`standard`", "50 per 10 s, 20 in any 1 s", "100 per 10 s", "10 per 60 s"],
        ["`plus`", "500 per 10 s, 200 in any 1 s", "1,000 per 10 s", "30 per 60 s"],
        ["`enterprise`", "5,000 per 10 s, 2,000 in any 1 s", "10,000 per 10 s", "60 per 60 s"],
      ],
    },
  ],
};

const ENCRYPTION: Guide = {
  id: "encryption",
  title: "Encrypted payloads",
  blocks: [
    {
      type: "text",
      text: "A request may be sent as `Content-Type: application/jose`: a compact JWE (`ECDH-ES+A256KW` or `RSA-OAEP-256`, with `A256GCM`) to a key of `/.well-known/jwks.json`, whose plain text is the JSON request. `Accept: application/jose` asks for the answer encrypted to your registered key. The signature covers the JWE as sent.",
    },
  ],
};

const ERRORS: Guide = {
  id: "errors",
  title: "Errors",
  blocks: [
    {
      type: "text",
      text: "Errors are `application/problem+json` (RFC 9457). Branch on `code`: it is stable. `detail` is for people, and `requestId` for the gateway's operators. `type` is a page that says what to do.",
    },
    {
      type: "text",
      text: "Checks run in this order: 404, 405, 413, 401, 429, 403, 415, 400, 422. An initiate or refund whose outcome at the provider is not known never answers 5xx: it goes on by itself.",
    },
  ],
};

const CONVENTIONS: Guide = {
  id: "conventions",
  title: "Conventions",
  blocks: [
    {
      type: "text",
      text: "Amounts are whole paisa. Times in JSON are epoch milliseconds (`…At`), in headers and signatures epoch seconds. Unknown fields in a request are refused; fields may be added to answers, so ignore those you do not know. Every answer has `x-request-id`.",
    },
  ],
};

export const GUIDES: readonly Guide[] = [
  CONVENTIONS,
  SIGNING,
  IDEMPOTENCY,
  ERRORS,
  RATE_LIMITS,
  ENCRYPTION,
];

/** The same in CommonMark, for the document's description. */
export function guideMarkdown({ title, blocks }: Guide): string {
  return [`## ${title}`, ...blocks.map(blockMarkdown)].join("\n\n");
}

function blockMarkdown(block: GuideBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "code":
      return `${block.label}:\n\n\`\`\`\n${block.code}\n\`\`\``;
    case "table": {
      const rule = block.head.map(() => "---");
      return [block.head, rule, ...block.rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
    }
    default:
      return unreachable(block);
  }
}
