import { list } from './collections.js';
import { defineField, type Field } from './field.js';
import { credential } from './rules.js';
import { flag, text } from './scalars.js';

const EVERY_ISSUER = flag('Of every issuer.');
const ISSUER = text('Issuer, exactly as in iss.', { rule: credential });
const ISSUERS = list('Of these issuers.', ISSUER);

/** `gatehouse.jwt.link_by_verified_email`: `true` is every issuer; `null` none. */
export const LINK_BY_EMAIL: Field<readonly string[] | 'all' | null> = defineField({
  summary:
    'true, or issuers: a verified email address leads to the account that has it and that no other identity has used. Left out: of none.',
  options: {},
  schema: { anyOf: [EVERY_ISSUER.schema, ISSUERS.schema] },
  parse: (node, place) => {
    if (node.kind === 'list') return ISSUERS.read(node, place);
    return EVERY_ISSUER.read(node, place) === true ? 'all' : null;
  },
});

/** `gatehouse.jwt.trusted_email_issuers`: the issuers; left out, none. */
export const TRUSTED_EMAIL_ISSUERS: Field<readonly string[]> = list<string, readonly string[]>(
  'Issuers whose claim email counts as verified where the token has no email_verified.',
  ISSUER,
  { default: [] },
);
