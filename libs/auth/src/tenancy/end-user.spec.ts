import { GatehouseError } from '#libs/common';
import { requestedEndUser } from './account-status.js';

const body = (user: unknown) => ({ value: (name: string) => (name === 'user' ? user : undefined) });

describe('the end user that a request names', () => {
  it('is the body member first, then the headers in their order', () => {
    const headers = { 'x-litellm-end-user-id': ['second'], 'x-litellm-customer-id': ['first'] };
    expect(requestedEndUser(body('in-body'), headers)).toBe('in-body');
    expect(requestedEndUser(body(undefined), headers)).toBe('first');
    expect(requestedEndUser(null, { 'x-litellm-end-user-id': 'second' })).toBe('second');
  });

  it.each([undefined, null, ''])('is null when the member is %j', (user) => {
    expect(requestedEndUser(body(user), {})).toBeNull();
  });

  it.each([42, {}, ['a'], true, 'a\0b', '\ud800', 'x'.repeat(256)])(
    'is refused when it is %j',
    (user) => {
      expect(() => requestedEndUser(body(user), {})).toThrow(GatehouseError);
      expect(() => requestedEndUser(body(user), {})).toThrow(
        expect.objectContaining({ code: 'request_invalid', param: 'user' }),
      );
    },
  );

  it('is not chosen from two values of one header', () => {
    const headers = { 'x-litellm-customer-id': ['one', 'two'] };
    expect(() => requestedEndUser(null, headers)).toThrow(
      expect.objectContaining({ code: 'request_invalid', param: 'user' }),
    );
  });
});
