import fc from 'fast-check';
import { emailDomainOf, evaluateEmail, type EmailPolicy } from './email-domain.js';

const policy: EmailPolicy = {
  allowedEmailDomains: ['my-co.com', 'acme.example'],
  requireVerifiedEmail: false,
};
const codeOf = (email: string | null, over: Partial<EmailPolicy> = {}, verified?: boolean) =>
  evaluateEmail({ email, emailVerified: verified ?? null }, { ...policy, ...over })?.code ?? null;

describe('the email policy', () => {
  it.each(['a@my-co.com', 'A@MY-CO.COM', 'a.b+c@acme.example', 'ü@my-co.com', "o'hara@my-co.com"])(
    'accepts %s',
    (email) => {
      expect(codeOf(email)).toBeNull();
    },
  );

  it.each([
    'bob@evil-my-co.com',
    'bob@sub.my-co.com',
    'bob@my-co.com.evil.example',
    'bob@my-co.co',
    'my-co.com',
    '@my-co.com',
    'bob@evil.example@my-co.com',
    'bob@my-co.com@evil.example',
    '"bob@evil.example"@my-co.com',
    'bob@my-co.com.',
    'bob@.my-co.com',
    'bob@my-co.com ',
    ' bob@my-co.com',
    'bob@my-co.com\n',
    'bob@my-co.com\0',
    'Bob <bob@my-co.com>',
    'bob@evil.example,bob@my-co.com',
    'bob(@evil.example)@my-co.com',
    'bob@[my-co.com]',
    'bob@my\u2010co.com',
    'bob@my-co\uff0ecom',
    'bob@m\u0443-co.com',
    `${'a'.repeat(300)}@my-co.com`,
    '',
    null,
  ])('refuses %j', (email) => {
    expect(codeOf(email)).toBe('email_domain_not_allowed');
  });

  it('does not fold the Kelvin sign onto k', () => {
    expect(codeOf('a@\u212A.example', { allowedEmailDomains: ['k.example'] })).toBe(
      'email_domain_not_allowed',
    );
  });

  it('refuses an unverified address where verification is required, and no other', () => {
    const required = { requireVerifiedEmail: true };
    expect(codeOf('a@my-co.com', required, false)).toBe('email_not_verified');
    expect(codeOf('a@my-co.com', required, true)).toBeNull();
    expect(codeOf('a@my-co.com', required)).toBeNull();
    expect(codeOf('a@my-co.com', {}, false)).toBeNull();
    expect(codeOf(null, { ...required, allowedEmailDomains: null }, false)).toBeNull();
  });

  it('finds a domain only where the address is its local part, one @ and that domain', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const domain = emailDomainOf(text);
        if (domain === null) return;
        const [local = '', rest = '', ...more] = text.split('@');
        expect(more).toEqual([]);
        expect(local).not.toBe('');
        expect(rest.toLowerCase()).toBe(domain);
        expect(domain).toMatch(/^[a-z0-9.-]+$/);
      }),
    );
  });
});
