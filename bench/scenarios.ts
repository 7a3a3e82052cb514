import { LARGE_RESPONSE_MARK, requestBody } from '#bench/payloads';

/** How a call of a scenario identifies its caller. */
export type Credential = 'token' | 'new-token' | 'refused-token' | 'key';

interface Common {
  /** Name on the command line and in the results. */
  readonly name: string;
  readonly title: string;
  readonly credential: Credential;
  readonly body: Buffer;
  readonly status: number;
  /** What the gateway on PostgreSQL is to reach, of CPU time or of the median. */
  readonly goal?: string;
  /** Variants of the gateway that it is measured on; the raw relay always is. */
  readonly on: 'main' | 'databases' | 'all';
}

/** CPU per call with a fixed number of calls in flight. */
export interface ClosedScenario extends Common {
  readonly kind: 'closed';
  readonly concurrency: number;
}

/** Latency at a fixed rate of calls. */
interface RateScenario extends Common {
  readonly kind: 'rate';
  /** Calls per second. */
  readonly rate: number;
}

/** Time to the first event of streams that are opened in one instant. */
interface BurstScenario extends Common {
  readonly kind: 'burst';
  readonly concurrency: number;
}

/** One kind of load, the same for every subject. */
export type Scenario = ClosedScenario | RateScenario | BurstScenario;

const plain = { credential: 'token', body: requestBody(1024, {}), status: 200 } as const;
const streamed = { ...plain, body: requestBody(1024, { stream: true }) } as const;
const closed = { kind: 'closed', concurrency: 32, on: 'main', ...plain } as const;
const large = { ...closed, concurrency: 8 } as const;

/** Every scenario, in the order in which they are measured. */
export const SCENARIOS: readonly Scenario[] = [
  { ...closed, name: 'plain', title: 'plain 1 KB, token cached', on: 'all', goal: '≤ 2×' },
  {
    ...closed,
    name: 'token-new',
    title: 'plain 1 KB, every token new',
    goal: '≤ 4×',
    credential: 'new-token',
    on: 'databases',
  },
  { ...closed, name: 'key', title: 'plain 1 KB, virtual key', credential: 'key' },
  {
    ...closed,
    name: 'refused',
    title: 'refused call (403)',
    credential: 'refused-token',
    status: 403,
  },
  { ...large, name: 'plain-100k', title: 'request of 100 KB', body: requestBody(100_000, {}) },
  {
    ...large,
    name: 'plain-1m',
    title: 'request of 1 MB',
    goal: '≤ 1.2×',
    body: requestBody(1_000_000, {}),
    on: 'databases',
  },
  {
    ...large,
    name: 'response-1m',
    title: 'response of 1 MB',
    body: requestBody(1024, { mark: LARGE_RESPONSE_MARK }),
  },
  {
    ...closed,
    ...streamed,
    name: 'stream',
    title: 'stream of 100 events, whole call',
    goal: '≤ 1.1×',
  },
  {
    ...streamed,
    name: 'burst',
    title: '100 streams opened at once',
    goal: '≤ 10 ms',
    kind: 'burst',
    concurrency: 100,
    on: 'databases',
  },
  { ...plain, name: 'rate-10', title: '10 calls/s', kind: 'rate', rate: 10, on: 'main' },
  {
    ...plain,
    name: 'rate-100',
    title: '100 calls/s',
    kind: 'rate',
    rate: 100,
    on: 'all',
    goal: '≤ 0.8 ms',
  },
];

/** Load before the first measurement of a freshly started process. */
export const WARM_UP: ClosedScenario = { ...closed, name: 'warm-up', title: 'warm-up' };
