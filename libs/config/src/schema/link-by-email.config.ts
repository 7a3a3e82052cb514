import { z } from 'zod';
import { list } from './collections.js';
import { bare, keyOf } from './key.js';
import { credential } from './rules.js';
import { flag, text } from './scalars.js';

const EVERY_ISSUER = flag('Of every issuer.');
const ISSUER = text('Issuer, exactly as in iss.', { rule: credential });
const ISSUERS = list('Of these issuers.', ISSUER);

/** `gatehouse.jwt.link_by_verified_email`: `true` is every issuer; `null` none. */
export const LINK_BY_EMAIL = keyOf<readonly string[] | 'all' | null>(
  z.union([
    bare(ISSUERS),
    bare(EVERY_ISSUER).transform((isEvery) => (isEvery ? ('all' as const) : null)),
  ]),
  'true, or issuers: a verified email address leads to the account that has it and that no other identity has used. Left out: of none.',
  {},
);

/** `gatehouse.jwt.trusted_email_issuers`: the issuers; left out, none. */
export const TRUSTED_EMAIL_ISSUERS = list<string, readonly string[]>(
  'Issuers whose claim email counts as verified where the token has no email_verified.',
  ISSUER,
  { default: [] },
);
