import { loginPolicyOf, loginProblem, type LoginMethod } from './login-policy.js';

const allows = (query: string, method: LoginMethod, isBound = false): boolean =>
  loginProblem(loginPolicyOf(`postgresql://u@h/d?${query}`), method, isBound) === null;

describe('the policy of a login', () => {
  it.each<[string, LoginMethod[]]>([
    ['', ['password', 'md5', 'scram-sha-256', 'none']],
    ['require_auth=scram-sha-256', ['scram-sha-256']],
    ['require_auth=md5, none', ['md5', 'none']],
    ['require_auth=!password,!none', ['md5', 'scram-sha-256']],
    ['channel_binding=prefer', ['password', 'md5', 'scram-sha-256', 'none']],
    ['channel_binding=require', []],
  ])('of "%s" allows %j without channel binding', (query, methods) => {
    const every: LoginMethod[] = ['password', 'md5', 'scram-sha-256', 'none'];
    expect(every.filter((method) => allows(query, method))).toEqual(methods);
  });

  it('of channel_binding=require allows a login that is bound, of the methods that require_auth allows', () => {
    expect(allows('channel_binding=require', 'scram-sha-256', true)).toBe(true);
    expect(allows('channel_binding=require&require_auth=md5', 'scram-sha-256', true)).toBe(false);
  });

  it('of the embedded database allows everything and binds nothing', () => {
    expect(loginPolicyOf(undefined)).toEqual({ binding: 'disable', methods: null });
  });
});
