import { type Reply, Wire } from './wire.ts';

/** A caller, and how much of all that comes is its. */
export interface Caller {
  readonly name: string;
  readonly key: string;
  readonly share: number;
}

export interface Phase {
  /** Requests that come each second, whatever became of those before. */
  readonly rate: number;
  readonly ms: number;
  /** Connections to have open before it begins, as clients with pools have. */
  readonly connections?: number;
}

/** What one request came to. */
export interface Shot {
  readonly caller: string;
  readonly stream: boolean;
  /** When it was due and when its answer was whole, since the phase began, in milliseconds. */
  readonly at: number;
  readonly endedAt: number;
  /** From the moment at which it was due to the last byte of its answer; of a stream, to the first. */
  readonly ms: number;
  readonly status: number;
  readonly retryAfter: number | undefined;
}

export interface PhaseSeen {
  readonly shots: readonly Shot[];
  /** Found no connection: nothing was sent. */
  readonly unsent: number;
  /** Had no answer when the time to wait for it was over. */
  readonly lost: number;
  /** CPU time of this process over the phase, in milliseconds. */
  readonly cpuMs: number;
}

/** How often arrivals that are due are sent off. */
const TICK_MS = 4;
/** What is under way at the end of a phase has so long to come back. */
const PATIENCE_MS = 10_000;
/** More connections than the gateway has by default would test the connections. */
const MAX_CONNECTIONS = 3_000;
const OPENED_AT_ONCE = 20;
const OPENED_EVERY_MS = 40;
/** One request in so many asks for a whole answer, the others for a stream. */
const WHOLE_EVERY = 4;
/** An agent's conversation: so many turns of some two thousand characters. */
const TURNS = 24;

/** `flood.ts PORT CALLERS_JSON`: sends what it is told to over as many connections as it needs, and tells what it saw. */
const port = Number(process.argv[2]);
const callers = JSON.parse(process.argv[3] ?? '[]') as Caller[];
const idle: Wire[] = [];
let open = 0;
let state = 0x9e3779b9;

/** Chance that repeats itself (xorshift32, Marsaglia 2003). */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

const prepared = callers.map(({ name, key, share }) => ({
  name,
  share,
  whole: requestOf(key, false),
  stream: requestOf(key, true),
}));

function requestOf(key: string, stream: boolean): Buffer {
  const messages = Array.from({ length: TURNS - 1 }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: 'What is to be done, and who does it? '.repeat(55),
  }));
  const body = JSON.stringify({ model: 'reply', messages, stream, max_tokens: 500 });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function callerByChance(): (typeof prepared)[number] | undefined {
  let left = random();
  for (const caller of prepared) {
    left -= caller.share;
    if (left < 0) return caller;
  }
  return prepared.at(-1);
}

/** The one that was idle longest: an unused connection is closed after a while. */
function takeWire(): Wire | undefined {
  return idle.shift() ?? (open < MAX_CONNECTIONS ? newWire() : undefined);
}

function newWire(): Wire {
  open += 1;
  const wire: Wire = new Wire(port, () => {
    open -= 1;
    const at = idle.indexOf(wire);
    if (at !== -1) idle.splice(at, 1);
  });
  return wire;
}

/** A pool grows while there is time: Node accepts one connection a turn of its loop, and a late loop has few turns. */
async function prepare(connections: number): Promise<void> {
  while (open < connections) {
    for (let one = 0; one < OPENED_AT_ONCE && open < connections; one += 1) idle.push(newWire());
    await new Promise((resolve) => setTimeout(resolve, OPENED_EVERY_MS));
  }
}

async function run({ rate, ms, connections = 0 }: Phase): Promise<PhaseSeen> {
  await prepare(connections);
  const shots: Shot[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  let [unsent, underWay, sent] = [0, 0, 0];
  let dueAt = began;
  const shoot = (due: number) => {
    const caller = callerByChance();
    const wire = caller && takeWire();
    if (!wire) {
      unsent += 1;
      return;
    }
    sent += 1;
    underWay += 1;
    const stream = sent % WHOLE_EVERY !== 0;
    wire.send(stream ? caller.stream : caller.whole, (reply: Reply) => {
      underWay -= 1;
      if (reply.status !== 0) idle.push(wire);
      const until = stream && reply.status === 200 ? reply.firstAt : reply.endAt;
      shots.push({
        caller: caller.name,
        stream,
        at: due - began,
        endedAt: reply.endAt - began,
        ms: until - due,
        status: reply.status,
        retryAfter: reply.retryAfter,
      });
    });
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      while (dueAt <= now && dueAt - began < ms) {
        shoot(dueAt);
        // Arrivals of many callers who know nothing of each other.
        dueAt -= (Math.log(1 - random()) / rate) * 1000;
      }
      const over = now - began >= ms;
      if (over && (underWay === 0 || now - began >= ms + PATIENCE_MS)) {
        clearInterval(timer);
        resolve();
      }
    }, TICK_MS);
  });
  const { user, system } = process.cpuUsage(cpu);
  return { shots, unsent, lost: underWay, cpuMs: (user + system) / 1000 };
}

process.on('message', (phase: Phase) => {
  void run(phase).then((seen) => process.send?.(seen));
});
process.send?.('ready');
