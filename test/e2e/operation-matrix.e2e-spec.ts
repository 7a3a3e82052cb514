import { costOf, formatUsd, parseDecimal } from '#libs/common';
import { eventually } from '#support/eventually';
import type { FakeRecord } from '#support/fake-behaviour';
import {
  BROKEN,
  MATRIX_PRICES,
  MatrixGateway,
  reasonIn,
  type MatrixCaller,
  type MatrixEntry,
} from '#support/matrix-gateway';
import { MATRIX_CALLS, MATRIX_MODEL, type MatrixCall } from '#support/operation-matrix';
import { describePassedCalls } from '#support/passed-rows';

jest.setTimeout(60_000);

/** Operations that are never billed: no budget refuses them. */
const FREE = new Set(['/v1/messages/count_tokens', '/v1beta/models/{model}:countTokens']);
/** Operations that are billed by the query. */
const BY_QUERY = new Set(['/rerank', '/v2/rerank']);
/** Tokens of the calls whose responses report none: those that are estimated from the request. */
const ESTIMATED: Readonly<Record<string, readonly [input: number, output: number]>> = {
  'POST /moderations, plain': [3, 0],
  'POST /audio/speech, plain': [2, 9],
};

/** Why a caller is refused. */
const REFUSALS: readonly (readonly [
  what: string,
  caller: MatrixCaller | null,
  status: number,
  reason: string,
])[] = [
  ['without a credential', null, 401, 'credential_missing'],
  ['for an administrator’s token, which calls no models', 'admin', 403, 'route_not_allowed'],
  ['for a key whose routes do not include it', 'key', 403, 'route_not_allowed'],
  ['for a team that has not the model', 'limited', 403, 'model_not_allowed'],
  ['for a blocked team', 'blocked', 403, 'team_blocked'],
  ['over a limit', 'slow', 429, 'rate_limited'],
  ['over a budget', 'poor', 422, 'budget_exceeded'],
];
const ERROR = '{"error":{"message":"no such thing","type":"fake","code":null}}';
const UNUSED = { cost_usd: '0.000000000000', state: 'settled', usage_source: 'none' };

let gateway: MatrixGateway;

beforeAll(async () => {
  gateway = await MatrixGateway.start();
});

afterAll(() => gateway.stop());

describe.each(MATRIX_CALLS.map((call) => [call.name, call] as const))('%s', (_name, call) => {
  const isFree = FREE.has(call.endpoint.route);

  it.each(REFUSALS.filter(([, caller]) => !isFree || caller !== 'poor'))(
    'is refused %s by every path, as explained, and reaches no upstream',
    async (_what, caller, status, reason) => {
      for (const path of call.paths) {
        const outcome = await gateway.made(call, { path, caller });
        const refusal = [path, status, reason];
        expect([path, outcome.status, reasonIn(call.wire, outcome)]).toEqual(refusal);
        expect([outcome.records, outcome.entries]).toEqual([[], []]);
        if (caller !== null) {
          expect([path, ...(await gateway.explained(call, path, caller))]).toEqual(refusal);
        }
      }
    },
  );

  it('is served by every path, as explained, and booked exactly as the upstream counted it', async () => {
    for (const path of call.paths) {
      for (const caller of isFree ? (['research', 'poor'] as const) : (['research'] as const)) {
        const { status, text, records, entries } = await gateway.made(call, { path, caller });
        expect(await gateway.explained(call, path, caller)).toEqual([200, null]);
        const [record, ...more] = records;
        expect([status, more, record?.state]).toEqual([200, [], 'complete']);
        if (record === undefined) return;
        expect(record.isStream || call.isStream || text === record.sent.toString()).toBe(true);
        expect(entries).toEqual([entryOf(call, record, caller)]);
      }
    }
  });

  it('has the upstream’s error as it is, and costs nothing', async () => {
    for (const status of [400, 422, 500]) {
      const outcome = await gateway.made(call, { behaviour: { status, body: ERROR } });
      expect([outcome.status, outcome.text]).toEqual([status, ERROR]);
      expect(outcome.headers.get('x-gatehouse-error-source')).toBe('upstream');
      expect(outcome.entries).toMatchObject([UNUSED]);
    }
  });

  it('is an estimate of its input, and 502 in its own form, where the upstream gives no response', async () => {
    const outcome = await gateway.made(call, { behaviour: { cutBeforeHead: true } });
    expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([502, 'upstream_unreachable']);
    expectEstimated(call, outcome.entries);
  });

  it('is an estimate where the upstream breaks off in its response, and costs nothing where the client got nothing', async () => {
    const whole = await gateway.made(call);
    const cutAfterBytes = Math.floor((whole.records[0]?.sentBytes ?? 0) / 2);
    const outcome = await gateway.made(call, { behaviour: { cutAfterBytes } });
    if (outcome.status === 200) {
      const isTold = /"reason":"upstream_invalid"[^\n]*\n\n$/.test(outcome.text);
      expect(isTold || outcome.text.endsWith(BROKEN)).toBe(true);
      expectEstimated(call, outcome.entries);
    } else {
      expect(call.isStream).toBe(false);
      expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([502, 'upstream_invalid']);
      expect(outcome.entries).toMatchObject([UNUSED]);
    }
  });

  it('is an estimate where the client leaves, and the upstream is left, too', async () => {
    const { records } = gateway.upstream;
    const before = records.length;
    const leaving = new AbortController();
    const behaviour = { hang: 'after-first-chunk' } as const;
    const { id, response } = gateway.begin(call, { behaviour }, leaving.signal);
    await eventually(() => expect(records[before]?.sentBytes).toBeGreaterThan(0));
    if (call.isStream) expect((await response).status).toBe(200);
    leaving.abort();
    await response.catch(() => null);
    await eventually(() => expect(records[before]?.state).toBe('aborted'));
    const entries = await eventually(async () => {
      const found = await gateway.entriesOf(id);
      expect(found.map(({ state }) => state)).not.toContain('reserved');
      return found;
    });
    expectEstimated(call, entries);
  });
});

describePassedCalls(() => gateway);

it('the strategies count none of these as running, however it ended', () => {
  expect(new Set(gateway.running())).toEqual(new Set([0]));
});

it('the sums of all of these agree with their entries', async () => {
  expect(await gateway.differences()).toEqual([]);
});

/** The entry of a served call, by the upstream's own record. */
function entryOf({ endpoint, name }: MatrixCall, record: FakeRecord, team: string): MatrixEntry {
  const isFree = FREE.has(endpoint.route);
  const isByQuery = BY_QUERY.has(endpoint.route);
  const counted = isFree || isByQuery ? [0, 0] : [record.promptTokens, record.completionTokens];
  const [input = 0, output = 0] = ESTIMATED[name] ?? counted;
  const isEstimated = name in ESTIMATED;
  return {
    call_type: endpoint.callType,
    model_group: MATRIX_MODEL,
    team_id: team,
    input_tokens: String(input),
    output_tokens: String(output),
    cost_usd: costBy(input, output, isByQuery),
    state: isEstimated ? 'estimated' : 'settled',
    usage_source: isFree ? 'none' : isEstimated ? 'estimate' : 'provider',
  };
}

/** The entry of a call that did not end says so, and costs what its own tokens cost: never nothing. */
function expectEstimated({ endpoint }: MatrixCall, entries: readonly MatrixEntry[]): void {
  const [entry, ...more] = entries;
  expect([more, entry?.call_type]).toEqual([[], endpoint.callType]);
  if (FREE.has(endpoint.route)) {
    expect(entry).toMatchObject(UNUSED);
    return;
  }
  const { input_tokens: input = '', output_tokens: output = '', cost_usd: cost } = entry ?? {};
  expect(entry).toMatchObject({ state: 'estimated', usage_source: 'estimate' });
  expect(cost).toBe(costBy(input, output, BY_QUERY.has(endpoint.route)));
  expect(Number(cost)).toBeGreaterThan(0);
}

function costBy(input: number | string, output: number | string, isQuery: boolean): string {
  const price = (text: string) => {
    const decimal = parseDecimal(text);
    if (decimal === null) throw new Error('not a price');
    return decimal;
  };
  return formatUsd(
    costOf([
      { units: BigInt(input), price: price(MATRIX_PRICES.input) },
      { units: BigInt(output), price: price(MATRIX_PRICES.output) },
      { units: isQuery ? 1n : 0n, price: price(MATRIX_PRICES.query) },
    ]),
  );
}
