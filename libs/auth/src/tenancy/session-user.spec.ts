import fc from 'fast-check';
import { withoutSession } from './session-user.js';

const DEVICE = '0123456789abcdef'.repeat(4);
const ACCOUNT = '3f1d2c4b-0000-4000-8000-0123456789ab';
const SESSIONS = fc.uuid();

const joined = (account: string, session: string): string =>
  `user_${DEVICE}_account_${account}_session_${session}`;
const asJson = (account: string, session: string): string =>
  JSON.stringify({ device_id: DEVICE, account_uuid: account, session_id: session });

describe('the end user of a session of Claude Code', () => {
  it('is the same person in every session and in both forms of the name', () => {
    fc.assert(
      fc.property(SESSIONS, SESSIONS, fc.constantFrom('', ACCOUNT), (one, other, account) => {
        const expected = account === '' ? `user_${DEVICE}` : `user_${DEVICE}_account_${account}`;
        for (const session of [one, other]) {
          expect(withoutSession(joined(account, session))).toBe(expected);
          expect(withoutSession(asJson(account, session))).toBe(expected);
        }
      }),
    );
  });

  it('is another one for another device or account', () => {
    const [one, other] = [joined('a', 's'), joined('b', 's')].map(withoutSession);
    expect(one).not.toBe(other);
    expect(withoutSession(joined(ACCOUNT, 's').replace('user_0', 'user_1'))).not.toBe(
      withoutSession(joined(ACCOUNT, 's')),
    );
  });

  it.each([
    'alice',
    'alice_session_1',
    'user_alice_account__session_1',
    `user_${DEVICE}`,
    `x${joined('', 's')}`,
    `${joined('', 's')} `,
    '{',
    '{}',
    '[]',
    '{"device_id":1,"session_id":"s"}',
    `{"device_id":"${DEVICE}"}`,
    `{"device_id":"${DEVICE}","session_id":"s","account_uuid":{}}`,
    `{"device_id":"alice","session_id":"s"}`,
    null,
    undefined,
    7,
    { device_id: DEVICE, session_id: 's' },
  ])('leaves %j as it is', (value) => {
    expect(withoutSession(value)).toBe(value);
  });
});
