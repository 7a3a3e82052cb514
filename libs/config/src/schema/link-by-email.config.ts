import { list } from './collections.js';
import { defineField, type Field } from './field.js';
import { credential } from './rules.js';
import { flag, text } from './scalars.js';

const EVERY_ISSUER = flag('Of every issuer.');
const ISSUERS = list('Of these issuers.', text('Issuer, exactly as in iss.', { rule: credential }));

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
