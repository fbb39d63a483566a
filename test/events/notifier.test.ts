import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { merchantIdSchema, retryAfterMsOf } from "#base";
import { verifyNotification } from "#client";
import { deliverNotification, type Endpoint, type NotifierPorts } from "#events";
import { makeOutbound, POLICIES } from "#providers";
import { signNotification } from "#vault";

const MERCHANT = merchantIdSchema.parse("alpha");
const OTHER = merchantIdSchema.parse("beta");
const SECRET = `whsec_${btoa("a secret of thirty-two bytes, 1.")}`;
const PREVIOUS = `whsec_${btoa("a secret of thirty-two bytes, 0.")}`;
const URL_OF_HOOK = "https://hooks.example.com/foolproof";
const NOTIFICATION = {
  id: "pay_0123456789abcdefghijkl_3",
  type: "payment.completed",
  body: '{"type":"payment.completed","sequence":3,"data":{"note":"₹ \\u20b9  ."}}',
};

type Posted = Parameters<NotifierPorts["post"]>[0];
type Answer = Awaited<ReturnType<NotifierPorts["post"]>>;

interface Scene {
  readonly answer?: Answer;
  readonly endpoint?: Endpoint | undefined;
  readonly policy?: NotifierPorts["policy"];
  readonly nowMs?: number;
}

const answered = (status: number, retryAfter: string | null = null): Answer => ({
  type: "answer",
  status,
  retryAfter,
});

function makeScene(scene: Scene = {}) {
  const posted: Posted[] = [];
  const off = new Set<string>();
  const nowMs = scene.nowMs ?? Date.now();
  const endpoint = "endpoint" in scene ? scene.endpoint : { url: URL_OF_HOOK, secrets: [SECRET] };
  const ports: NotifierPorts = {
    nowMs: () => nowMs,
    policy: scene.policy ?? "production",
    endpointOf: async () => endpoint,
    sign: signNotification,
    post: async (request) => {
      posted.push(request);
      return scene.answer ?? answered(204);
    },
    isOff: async (merchantId, url) => off.has(`${merchantId} ${url}`),
    turnOff: async (merchantId, url) => void off.add(`${merchantId} ${url}`),
  };
  return {
    ports,
    posted,
    off,
    nowSec: Math.floor(nowMs / 1_000),
    deliver: (merchantId = MERCHANT) => deliverNotification(ports, merchantId, NOTIFICATION),
    /** The only request that went out. */
    sent(): Posted {
      const [request, ...more] = posted;
      if (!request || more.length > 0) throw new Error(`${posted.length} requests went out`);
      return request;
    },
  };
}

describe("what goes out", () => {
  it("WHK-1: id, time of the try in seconds, signature, JSON", async () => {
    const scene = makeScene({ nowMs: 1_774_074_486_999 });
    await scene.deliver();
    expect(scene.sent()).toEqual({
      url: URL_OF_HOOK,
      headers: {
        "content-type": "application/json",
        "user-agent": expect.stringMatching(/^Foolproof/),
        "webhook-id": NOTIFICATION.id,
        "webhook-timestamp": "1774074486",
        "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      },
      body: NOTIFICATION.body,
    });
    expect(scene.sent().headers["webhook-id"]).not.toContain(".");
  });

  it("WHK-6: a try has 15 to 30 s", () => {
    expect(POLICIES.notification.timeoutMs).toBeGreaterThanOrEqual(15_000);
    expect(POLICIES.notification.timeoutMs).toBeLessThanOrEqual(30_000);
  });

  it("WHK-1: the standard's own library accepts the exact bytes", async () => {
    const scene = makeScene();
    await scene.deliver();
    const { body, headers } = scene.sent();
    expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow(/signature/i);
    expect(() => new Webhook(PREVIOUS).verify(body, headers)).toThrow(/signature/i);
  });

  it("WHK-7: the SDK accepts the exact bytes", async () => {
    const scene = makeScene();
    await scene.deliver();
    const { body, headers } = scene.sent();
    const options = { secrets: [SECRET], nowSec: scene.nowSec };
    const verified = await verifyNotification({ headers: new Headers(headers), body }, options);
    expect(verified).toEqual({ id: NOTIFICATION.id });
  });

  it("WHK-3: while a secret is rotated, receivers with either one accept it", async () => {
    const endpoint = { url: URL_OF_HOOK, secrets: [SECRET, PREVIOUS] };
    const scene = makeScene({ endpoint });
    await scene.deliver();
    const { body, headers } = scene.sent();
    expect(headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const secret of [SECRET, PREVIOUS]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      const options = { secrets: [secret], nowSec: scene.nowSec };
      const ours = await verifyNotification({ headers: new Headers(headers), body }, options);
      expect(ours.id).toBe(NOTIFICATION.id);
    }
  });

  it("WHK-4: another try has the same id and bytes under its own time", async () => {
    const [first, later] = [makeScene({ nowMs: 1e12 }), makeScene({ nowMs: 1e12 + 30_000 })];
    await first.deliver();
    await later.deliver();
    expect(later.sent().body).toBe(first.sent().body);
    expect(later.sent().headers["webhook-id"]).toBe(first.sent().headers["webhook-id"]);
    expect(first.sent().headers["webhook-timestamp"]).toBe("1000000000");
    expect(later.sent().headers["webhook-timestamp"]).toBe("1000000030");
  });
});

describe("what the answer means", () => {
  it.each([200, 201, 202, 204, 299])("WHK-5: %i is success", async (status) => {
    expect(await makeScene({ answer: answered(status) }).deliver()).toEqual({ type: "delivered" });
  });

  it.each([199, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 422, 500, 501, 503])(
    "WHK-5: %i is tried again",
    async (status) => {
      const outcome = await makeScene({ answer: answered(status) }).deliver();
      expect(outcome).toEqual({ type: "retry", retryAfterMs: null });
    },
  );

  it("WHK-5: no answer is tried again", async () => {
    const outcome = await makeScene({ answer: { type: "no_answer" } }).deliver();
    expect(outcome).toEqual({ type: "retry", retryAfterMs: null });
  });

  it("WHK-5: a redirect is not followed", async () => {
    const asked: string[] = [];
    const outbound = makeOutbound(
      async (url, init) => {
        asked.push(url);
        expect(init.redirect).toBe("manual");
        return new Response(null, { status: 307, headers: { location: "https://else.example/" } });
      },
      { plainHttpTo: "loopback" },
    );
    const { ports } = makeScene();
    const post: NotifierPorts["post"] = async (request) => {
      const result = await outbound({ method: "POST", ...request, timeoutMs: 1_000 });
      return result.type === "answer" ? result : { type: "no_answer" };
    };
    const outcome = await deliverNotification({ ...ports, post }, MERCHANT, NOTIFICATION);
    expect(outcome).toEqual({ type: "retry", retryAfterMs: null });
    expect(asked).toEqual([URL_OF_HOOK]);
  });

  it.each([429, 502, 504])("WHK-5: %i slows us down", async (status) => {
    const outcome = await makeScene({ answer: answered(status) }).deliver();
    expect(outcome).toEqual({ type: "retry", retryAfterMs: 60_000 });
    expect(await makeScene({ answer: answered(status, "7") }).deliver()).toEqual(outcome);
    expect(await makeScene({ answer: answered(status, "90") }).deliver()).toEqual({
      type: "retry",
      retryAfterMs: 90_000,
    });
  });

  it("WHK-5: Retry-After counts for any failure", async () => {
    const outcome = await makeScene({ answer: answered(503, "120") }).deliver();
    expect(outcome).toEqual({ type: "retry", retryAfterMs: 120_000 });
  });
});

describe("410", () => {
  it("WHK-5: it turns the endpoint off for later notifications", async () => {
    const scene = makeScene({ answer: answered(410) });
    const gone = { type: "hopeless", reason: "endpoint_gone" };
    expect(await scene.deliver()).toEqual(gone);
    expect(await scene.deliver()).toEqual(gone);
    expect(scene.posted).toHaveLength(1);
  });

  it("WHK-5: another merchant's endpoint stays on", async () => {
    const scene = makeScene({ answer: answered(410) });
    await scene.deliver();
    await scene.deliver(OTHER);
    expect(scene.posted).toHaveLength(2);
  });

  it("WHK-5: a new address of the merchant is on", async () => {
    const scene = makeScene({ answer: answered(410) });
    await scene.deliver();
    const endpoint = { url: `${URL_OF_HOOK}/new`, secrets: [SECRET] };
    const ports = { ...scene.ports, endpointOf: async () => endpoint };
    await deliverNotification(ports, MERCHANT, NOTIFICATION);
    expect(scene.posted.map(({ url }) => url)).toEqual([URL_OF_HOOK, endpoint.url]);
  });
});

describe("no place to go", () => {
  it("api.md 6: without an endpoint nobody wants it", async () => {
    const scene = makeScene({ endpoint: undefined });
    expect(await scene.deliver()).toEqual({ type: "unwanted" });
    expect(scene.posted).toEqual([]);
  });

  it.each(["http://hooks.example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "x"])(
    "WHK-9: %s is checked again at the send",
    async (url) => {
      const scene = makeScene({ endpoint: { url, secrets: [SECRET] } });
      expect(await scene.deliver()).toEqual({ type: "hopeless", reason: "address_refused" });
      expect(scene.posted).toEqual([]);
    },
  );

  it("api.md 6: this machine is reached in development only", async () => {
    const endpoint = { url: "http://localhost:9000/hook", secrets: [SECRET] };
    const outcome = await makeScene({ endpoint, policy: "development" }).deliver();
    expect(outcome).toEqual({ type: "delivered" });
    expect((await makeScene({ endpoint }).deliver()).type).toBe("hopeless");
  });
});

describe("Retry-After", () => {
  const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 7);

  it.each([
    ["0", 0],
    ["120", 120_000],
    ["2030", 2_030_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 30_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 30_000],
    ["Sun Nov  6 08:49:37 1994", 30_000],
    ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
  ])("RFC 9110 10.2.3: %j", (header, expected) => {
    expect(retryAfterMsOf(header, NOW_MS)).toBe(expected);
  });

  it.each([null, "", "-5", "1.5", "1e9", "soon", "soon 2030", "9999999999", "+3000", "Sun"])(
    "RFC 9110 10.2.3: %j asks for nothing",
    (header) => {
      expect(retryAfterMsOf(header, NOW_MS)).toBeNull();
    },
  );
});
