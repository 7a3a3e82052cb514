import { eventually } from '#support/eventually';
import { MatrixGateway, reasonIn, type MatrixCaller } from '#support/matrix-gateway';
import { KEPT_CALLS, MATRIX_MODEL, withId, type MatrixCall } from '#support/operation-matrix';

jest.setTimeout(60_000);

/** The one operation whose cost is held: that of the lines of its file, which is read before. */
const isBatchStart = ({ endpoint }: MatrixCall): boolean => endpoint.batch === 'starts';
/** What the model of the object decides about. */
const isOfModel = (call: MatrixCall): boolean =>
  isBatchStart(call) || call.endpoint.servedBy === undefined;
const LINES = JSON.stringify({
  ...{ custom_id: 'a', method: 'POST', url: '/v1/chat/completions' },
  body: { model: MATRIX_MODEL, messages: [], max_tokens: 1 },
});
const ERROR = '{"error":{"message":"no such thing","type":"fake","code":null}}';
/** An operation without a known price says that its cost is not known. */
const UNPRICED = {
  cost_usd: '0.000000000000',
  state: 'estimated',
  usage_source: 'estimate',
};
const FREE = { cost_usd: '0.000000000000', state: 'settled', usage_source: 'none' };

/** Why a caller is refused. */
const REFUSALS: readonly (readonly [
  what: string,
  caller: MatrixCaller | null,
  status: number,
  reason: string,
  isMet: (call: MatrixCall) => boolean,
])[] = [
  ['without a credential', null, 401, 'credential_missing', () => true],
  ['for an administrator’s token', 'admin', 403, 'route_not_allowed', () => true],
  ['for a key whose routes do not include it', 'key', 403, 'route_not_allowed', () => true],
  ['for a blocked team', 'blocked', 403, 'team_blocked', () => true],
  ['over a limit', 'slow', 429, 'rate_limited', () => true],
  ['for a team that has not the model', 'limited', 403, 'model_not_allowed', isOfModel],
  ['over a budget', 'poor', 422, 'budget_exceeded', isBatchStart],
];

let gateway: MatrixGateway;

beforeAll(async () => {
  gateway = await MatrixGateway.start();
});

afterAll(() => gateway.stop());

describe.each(KEPT_CALLS.map((call) => [call.name, call] as const))('%s', (_name, call) => {
  const ofCaller = async (caller: MatrixCaller = 'research'): Promise<MatrixCall> => {
    if (isBatchStart(call)) gateway.upstream.enqueue({ body: LINES });
    return withId(call, await gateway.keptFor(caller));
  };
  const ended = call.endpoint.billing.length === 0 ? UNPRICED : FREE;
  /** The request that the operation itself sends. */
  const last = <T>(list: readonly T[]): readonly T[] => (isBatchStart(call) ? list.slice(1) : list);

  it.each(REFUSALS.filter(([, , , , isMet]) => isMet(call)))(
    'is refused %s, as explained, and reaches no upstream',
    async (_what, caller, status, reason) => {
      const own = await ofCaller(caller ?? 'research');
      const outcome = await gateway.made(own, { caller });
      expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([status, reason]);
      expect(outcome.records.filter(({ method }) => method === call.method)).toEqual([]);
      expect(outcome.entries).toEqual([]);
      const [path = ''] = own.paths;
      if (caller !== null)
        expect(await gateway.explained(own, path, caller)).toEqual([status, reason]);
    },
  );

  it('is served, as explained, by every path, with an entry of its own that costs nothing', async () => {
    for (const [at] of call.paths.entries()) {
      const own = await ofCaller();
      const path = own.paths[at] ?? '';
      expect(await gateway.explained(own, path, 'research')).toEqual([200, null]);
      const { status, records, entries } = await gateway.made(own, { path });
      expect([path, status, last(records).length]).toEqual([path, 200, 1]);
      const { callType } = call.endpoint;
      const ofCall = entries.filter(({ call_type: type }) => type === callType);
      expect(ofCall).toMatchObject([{ ...ended, team_id: 'research' }]);
      expect(entries).toHaveLength(isBatchStart(call) ? 2 : 1);
    }
  });

  it('has the upstream’s error as it is, and costs nothing', async () => {
    for (const status of [400, 500]) {
      const own = await ofCaller();
      const outcome = await gateway.made(own, { behaviour: { status, body: ERROR } });
      expect([outcome.status, outcome.text]).toEqual([status, ERROR]);
      expect(outcome.entries).toMatchObject([FREE]);
    }
  });

  it('is 502 where the upstream gives no response or breaks off, and costs nothing', async () => {
    for (const behaviour of [{ cutBeforeHead: true }, { cutAfterBytes: 20 }]) {
      const outcome = await gateway.made(await ofCaller(), { behaviour });
      expect(outcome.status).toBe(502);
      expect(reasonIn(call.wire, outcome)).toMatch(/^upstream_(?:unreachable|invalid)$/);
      expect(outcome.entries).toMatchObject([{ cost_usd: FREE.cost_usd }]);
    }
  });

  it('costs nothing where the client leaves, and the upstream is left, too', async () => {
    const own = await ofCaller();
    const { records } = gateway.upstream;
    const before = records.length + (isBatchStart(call) ? 1 : 0);
    const leaving = new AbortController();
    const behaviour = { hang: 'after-head' } as const;
    const { id, response } = gateway.begin(own, { behaviour }, leaving.signal);
    await eventually(() => expect(records[before]).toBeDefined());
    leaving.abort();
    await response.catch(() => null);
    await eventually(() => expect(records[before]?.state).toBe('aborted'));
    await eventually(async () => {
      expect(await gateway.entriesOf(id)).toMatchObject([ended]);
    });
  });
});

it('the strategies count none of these as running, however it ended', () => {
  expect(new Set(gateway.running())).toEqual(new Set([0]));
});

it('the sums of all of these agree with their entries', async () => {
  expect(await gateway.differences()).toEqual([]);
});
