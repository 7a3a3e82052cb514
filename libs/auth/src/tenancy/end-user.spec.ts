import { GatehouseError } from '#libs/common';
import type { BodyMembers, CallHeaders } from '../call/access-decision.js';
import { requestedEndUser as requested } from './requested-end-user.js';

const requestedEndUser = (body: BodyMembers | null, headers: CallHeaders) =>
  requested(body, headers, ['x-who', 'x-else']);

const members = (values: Readonly<Record<string, unknown>>): BodyMembers => ({
  value: (name) => values[name],
});
const body = (user: unknown) => members({ user });

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

  it('is that of the first place that names one, in this order', () => {
    const places: readonly (readonly [object, CallHeaders])[] = [
      [{ user: 'a' }, {}],
      [{}, { 'x-litellm-customer-id': ['b'] }],
      [{}, { 'x-litellm-end-user-id': ['c'] }],
      [{}, { 'x-who': ['d'] }],
      [{}, { 'x-else': ['e'] }],
      [{ litellm_metadata: { user: 'f' } }, {}],
      [{ metadata: { user_id: 'g' } }, {}],
      [{ safety_identifier: 'h' }, {}],
    ];
    const namedFrom = (first: number) => {
      const later = places.slice(first);
      const values = Object.assign({}, ...later.map(([body]) => body)) as Record<string, unknown>;
      const headers = Object.assign({}, ...later.map(([, one]) => one)) as CallHeaders;
      return requestedEndUser(members(values), headers);
    };
    expect(places.map((_place, first) => namedFrom(first)).join('')).toBe('abcdefgh');
    expect(namedFrom(places.length)).toBeNull();
  });

  it.each([
    ['metadata.user_id', { metadata: { user_id: 7 } }],
    ['litellm_metadata.user', { litellm_metadata: { user: ['a'] } }],
    ['safety_identifier', { safety_identifier: ' ' }],
  ])('is refused where %s cannot be an id, naming the member', (param, values) => {
    expect(() => requestedEndUser(members(values), {})).toThrow(
      expect.objectContaining({ code: 'request_invalid', param }),
    );
  });

  it.each([
    [{ metadata: 'user_id' }],
    [{ metadata: ['user_id'] }],
    [{ metadata: { user_id: '' } }],
    [{ metadata: Object.create({ user_id: 'inherited' }) as object }],
    [{ litellm_metadata: null, safety_identifier: null }],
  ])('is null where the members are %j', (values) => {
    expect(requestedEndUser(members(values), {})).toBeNull();
  });
});
