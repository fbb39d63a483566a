/**
 * The breaker as one isolate sees it: plain values in memory, so that a call is judged without a hop. Results go to
 * the shared object beside or after the calls and bring its state back; older than five seconds it is asked
 * for again while the call goes on. Own failures open the own circuit at once. Only who would probe asks and waits.
 * Trusts the object for what others saw; when it does not answer, the isolate goes by what it saw itself.
 */
import { type Clock, type Log, randomId, SECOND_MS } from "#base";
import { type Circuit, CLOSED, endProbe, note, takeProbe, type Tally } from "./breaker.ts";
import {
  type BreakerReport,
  type BreakerSnapshot,
  FORGET_AFTER_MS,
  type ProbeAnswer,
} from "./breaker-object.ts";
import { type OperationName, OPERATIONS } from "./policies.ts";

/** Leave to make one call. */
export interface Pass {
  readonly probe: string | null;
}

export interface Breaker {
  /** Leave to call, or `undefined`: the circuit is open. Waits for nothing, unless the call would be the probe. */
  enter(operation: OperationName): Promise<Pass | undefined>;
  /** What came of it. */
  leave(operation: OperationName, pass: Pass, failed: boolean): void;
  /** Brings this isolate's results to the shared view, and the shared view here. Rejects when it does not answer. */
  exchange(): Promise<BreakerSnapshot>;
}

export interface BreakerPorts {
  readonly nowMs: Clock;
  readonly log: Log;
  /** The shared object of that name. Both reject soon when it does not answer. */
  readonly exchange: (name: string, report: BreakerReport) => Promise<BreakerSnapshot>;
  readonly askProbe: (
    name: string,
    operation: OperationName,
    probe: string,
  ) => Promise<ProbeAnswer>;
  /** Lets work go on beside the call and after the answer. */
  readonly beside: (work: Promise<void>) => void;
}

/** What the isolate knows of one merchant's provider. */
interface Line {
  readonly circuits: Map<OperationName, Circuit>;
  readonly tallies: Map<OperationName, Tally>;
  probes: BreakerReport["probes"];
  checkedAtMs: number;
  /** Since when an exchange is under way: a moment and no promise, since its request may be cut off. */
  exchangingSinceMs: number | null;
  /** Something to tell that others should know soon. */
  hasNews: boolean;
}

/** By name, `<merchantId>/<provider>`: one map per isolate. */
export type BreakerLines = Map<string, Line>;

const SNAPSHOT_AGE_MS_MAX = 5 * SECOND_MS;
/** While another probe is out, an isolate asks no more often than this how it went. */
const ASK_AGAIN_MS = SECOND_MS;
const EXCHANGE_MS_MAX = 10 * SECOND_MS;
const LINES_MAX = 10_000;

export function makeBreaker(lines: BreakerLines, name: string, ports: BreakerPorts): Breaker {
  const line = lineOf(lines, name);
  const { nowMs } = ports;
  return {
    async enter(operation) {
      refresh(line, name, ports);
      const circuit = line.circuits.get(operation) ?? CLOSED;
      if (circuit.state === "closed") return { probe: null };
      const probe = randomId("probe");
      const probing = takeProbe(circuit, probe, nowMs());
      if (!probing) return undefined;
      line.circuits.set(operation, probing);
      const answer = await ports.askProbe(name, operation, probe).catch(alone);
      if (answer.type !== "wait") return { probe };
      line.circuits.set(operation, waiting(answer.leftMs, nowMs()));
      return undefined;
    },
    leave(operation, { probe }, failed) {
      const circuit = line.circuits.get(operation) ?? CLOSED;
      const { calls, failures } = line.tallies.get(operation) ?? { calls: 0, failures: 0 };
      const tally = { calls: 1, failures: failed ? 1 : 0 };
      line.tallies.set(operation, { calls: calls + 1, failures: failures + tally.failures });
      if (probe === null) {
        line.circuits.set(operation, note(circuit, tally, nowMs()));
      } else {
        line.circuits.set(operation, endProbe(circuit, { probe, failed }, nowMs()));
        line.probes = [...line.probes, { operation, probe, failed }];
      }
      if (failed || probe !== null) line.hasNews = true;
      refresh(line, name, ports);
    },
    exchange: () => exchangeOnce(line, name, ports),
  };
}

/** Whether some circuit that this isolate knows of is not closed. */
export function isAnyOpen(lines: BreakerLines, nowMs: number): boolean {
  return [...lines.values()].some(({ circuits }) =>
    [...circuits.values()].some(
      (circuit) => circuit.state !== "closed" && nowMs - circuit.untilMs < FORGET_AFTER_MS,
    ),
  );
}

/** The shared object does not answer: an isolate on its own probes for itself. */
function alone(): ProbeAnswer {
  return { type: "closed" };
}

function waiting(leftMs: number, nowMs: number): Circuit {
  return { state: "open", untilMs: nowMs + Math.min(leftMs, ASK_AGAIN_MS) };
}

function lineOf(lines: BreakerLines, name: string): Line {
  const known = lines.get(name);
  if (known) return known;
  const [oldest] = lines.keys();
  if (lines.size >= LINES_MAX && oldest !== undefined) lines.delete(oldest);
  const line: Line = {
    circuits: new Map(),
    tallies: new Map(),
    probes: [],
    checkedAtMs: 0,
    exchangingSinceMs: null,
    hasNews: false,
  };
  lines.set(name, line);
  return line;
}

/** Starts an exchange when it is time for one, and does not wait for it. */
function refresh(line: Line, name: string, ports: BreakerPorts): void {
  const nowMs = ports.nowMs();
  const { exchangingSinceMs, checkedAtMs } = line;
  const busy = exchangingSinceMs !== null && Math.abs(nowMs - exchangingSinceMs) < EXCHANGE_MS_MAX;
  const old = Math.abs(nowMs - checkedAtMs) >= SNAPSHOT_AGE_MS_MAX;
  if (!busy && (old || line.hasNews)) ports.beside(exchangeAll(line, name, ports));
}

/** Until there is no more news: what failed meanwhile goes with the next report. */
async function exchangeAll(line: Line, name: string, ports: BreakerPorts): Promise<void> {
  try {
    do await exchangeOnce(line, name, ports);
    while (line.hasNews);
  } catch {
    // The object is overloaded or being moved. Its probes end by themselves, and results are statistics.
    line.checkedAtMs = ports.nowMs();
    ports.log("warn", "circuit breaker not shared", { name });
  }
}

async function exchangeOnce(
  line: Line,
  name: string,
  ports: BreakerPorts,
): Promise<BreakerSnapshot> {
  const report = { tallies: Object.fromEntries(line.tallies), probes: line.probes };
  line.tallies.clear();
  line.probes = [];
  line.hasNews = false;
  line.exchangingSinceMs = ports.nowMs();
  const snapshot = await ports.exchange(name, report).finally(() => {
    line.exchangingSinceMs = null;
  });
  line.checkedAtMs = ports.nowMs();
  for (const operation of OPERATIONS) {
    const circuit = line.circuits.get(operation) ?? CLOSED;
    line.circuits.set(operation, adopt(circuit, snapshot[operation], line.checkedAtMs));
  }
  return snapshot;
}

/** What others saw counts, unless this isolate's own probe is out. A circuit that others closed is closed by a call of its own. */
function adopt(circuit: Circuit, shared: BreakerSnapshot[OperationName], nowMs: number): Circuit {
  if (!shared || circuit.state === "half_open") return circuit;
  if (shared.state === "half_open") return waiting(shared.leftMs, nowMs);
  return { state: "open", untilMs: nowMs + shared.leftMs };
}
