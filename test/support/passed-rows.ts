import { eventually } from './eventually.js';
import {
  MATRIX_TOKENS,
  reasonIn,
  type MatrixCaller,
  type MatrixEntry,
  type MatrixGateway,
} from './matrix-gateway.js';
import { ENDPOINT_COST, PASSED_CALLS, type PassedCall } from './passed-calls.js';

const ERROR = '{"error":{"message":"no such thing","type":"fake","code":null}}';
const COSTS_NOTHING = '0.000000000000';
const UNUSED = { cost_usd: COSTS_NOTHING, state: 'settled', usage_source: 'none' };
const CALL_TYPE = 'pass_through_endpoint';

/** Why a caller is refused, and of which calls that can be known. */
const REFUSALS: readonly (readonly [
  what: string,
  caller: MatrixCaller | null,
  status: number,
  reason: string,
  isMet: (call: PassedCall) => boolean,
])[] = [
  ['without a credential', null, 401, 'credential_missing', () => true],
  ['for an administrator’s token', 'admin', 403, 'route_not_allowed', () => true],
  ['for a key whose routes do not include it', 'key', 403, 'route_not_allowed', () => true],
  [
    'for a team that has not the model',
    'limited',
    403,
    'model_not_allowed',
    ({ hasModel }) => hasModel,
  ],
  ['for a blocked team', 'blocked', 403, 'team_blocked', () => true],
  ['over a limit', 'slow', 429, 'rate_limited', () => true],
  ['over a budget', 'poor', 422, 'budget_exceeded', () => true],
];

/** States, for every call that is passed through, what becomes of it for each reason to refuse it and of each end of its upstream. */
export function describePassedCalls(gatewayOf: () => MatrixGateway): void {
  describe.each(PASSED_CALLS.map((call) => [call.name, call] as const))('%s', (_name, call) => {
    it.each(REFUSALS.filter(([, , , , isMet]) => isMet(call)))(
      'is refused %s, as explained, and reaches no upstream',
      async (_what, caller, status, reason) => {
        const outcome = await gatewayOf().made(call, { caller });
        expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([status, reason]);
        expect([outcome.records, outcome.entries]).toEqual([[], []]);
        if (caller !== null)
          expect(await gatewayOf().explained(call, call.path, caller)).toEqual([status, reason]);
      },
    );

    it('is served, as explained, and booked exactly as the upstream counted it', async () => {
      const gateway = gatewayOf();
      expect(await gateway.explained(call, call.path, 'research')).toEqual([200, null]);
      const { status, text, records, entries } = await gateway.made(call);
      const [record, ...more] = records;
      expect([status, more, text]).toEqual([200, [], record?.sent.toString()]);
      expect(entries).toEqual([servedEntryOf(call)]);
    });

    it('has the upstream’s error as it is, and costs nothing', async () => {
      for (const status of [400, 422, 500]) {
        const outcome = await gatewayOf().made(call, { behaviour: { status, body: ERROR } });
        expect([outcome.status, outcome.text]).toEqual([status, ERROR]);
        expect(outcome.headers.get('x-gatehouse-error-source')).toBe('upstream');
        expect(outcome.entries).toMatchObject([UNUSED]);
      }
    });

    it('is 502 in the form of its API, and an estimate, where the upstream gives no response', async () => {
      const outcome = await gatewayOf().made(call, { behaviour: { cutBeforeHead: true } });
      expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([502, 'upstream_unreachable']);
      expectEstimated(call, outcome.entries);
    });

    it('is an estimate where the upstream breaks off in its response, and costs nothing where the client got nothing', async () => {
      const whole = await gatewayOf().made(call);
      const cutAfterBytes = Math.floor((whole.records[0]?.sentBytes ?? 0) / 2);
      const outcome = await gatewayOf().made(call, { behaviour: { cutAfterBytes } });
      if (outcome.status === 200) {
        expect(outcome.text).toMatch(/<broken>$|502[^\n]*\n\n$|"api_error"[^\n]*\n\n$/);
        expectEstimated(call, outcome.entries);
      } else {
        expect(call.isStream).toBe(false);
        expect([outcome.status, reasonIn(call.wire, outcome)]).toEqual([502, 'upstream_invalid']);
        expect(outcome.entries).toMatchObject([UNUSED]);
      }
    });

    it('is an estimate where the client leaves, and the upstream is left, too', async () => {
      const gateway = gatewayOf();
      const { records } = gateway.upstream;
      const before = records.length;
      const leaving = new AbortController();
      const behaviour = { hang: 'after-first-chunk' } as const;
      const { id, response } = gateway.begin(call, { behaviour }, leaving.signal);
      await eventually(() => expect(records[before]?.sentBytes).toBeGreaterThan(0));
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
}

/** What a call costs: the price of a request, or what is not known. */
const costOf = ({ isPriced }: PassedCall): string => (isPriced ? ENDPOINT_COST : COSTS_NOTHING);

/** The entry of a served call. What is shown was paid for by the call that made it, so that the usage in it is not read. */
function servedEntryOf(call: PassedCall): MatrixEntry {
  const isCounted = call.method === 'POST';
  const { promptTokens, completionTokens } = MATRIX_TOKENS;
  return {
    call_type: CALL_TYPE,
    model_group: call.group,
    team_id: 'research',
    input_tokens: String(isCounted ? promptTokens : 0),
    output_tokens: String(isCounted ? completionTokens : 0),
    cost_usd: costOf(call),
    state: isCounted ? 'settled' : 'estimated',
    usage_source: isCounted ? 'provider' : 'estimate',
  };
}

/** The entry of a call that did not end says so; the price of a request is that of any request. */
function expectEstimated(call: PassedCall, entries: readonly MatrixEntry[]): void {
  const { group: model_group } = call;
  const how = { state: 'estimated', usage_source: 'estimate', cost_usd: costOf(call) };
  expect(entries).toMatchObject([{ call_type: CALL_TYPE, model_group, ...how }]);
  const isRead = call.isOfPrefix && call.hasModel;
  expect(Number(entries[0]?.input_tokens) > 0).toBe(isRead);
}
