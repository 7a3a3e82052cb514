import { isMailAddress } from './mail-address.js';

describe('an address of a mailbox', () => {
  it.each(['alice@acme.example', "o'neil+budgets@mail.acme.example", 'root@localhost'])(
    'is taken: %s',
    (address) => {
      expect(isMailAddress(address)).toBe(true);
    },
  );

  it.each([
    'alice',
    'alice@',
    'Alice <alice@acme.example>',
    'alice@acme.example, bob@acme.example',
    'alice@acme.example\r\nBcc: bob@acme.example',
    'alice@acme.example\n',
    'alice @acme.example',
    '"a b"@acme.example',
    'alice@[127.0.0.1]',
    'a..b@acme.example',
    'alice@-acme.example',
    `${'a'.repeat(250)}@acme.example`,
  ])('is refused unless it is one alone: %j', (address) => {
    expect(isMailAddress(address)).toBe(false);
  });
});
