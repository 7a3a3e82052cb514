import { GENERAL_IGNORED, GENERAL_KEYS, GENERAL_PENDING } from '../litellm-names.js';
import { JWT_AUTH_SECTION } from './jwt-auth.config.js';
import { credential, postgresAddress } from './rules.js';
import { flag, text, type TextRule } from './scalars.js';
import { section } from './section.js';

const MAX_KEY_LENGTH = 512;

const bootstrapCredential: TextRule = (key) => {
  const remedy = 'Make one with: echo "sk-$(openssl rand -hex 24)"';
  if (!key.startsWith('sk-')) return { message: 'does not begin with "sk-"', remedy };
  if (key.length < 'sk-1234'.length || key.length > MAX_KEY_LENGTH)
    return { message: 'is too short or too long', remedy };
  return credential(key);
};

/** The bootstrap credential of `general_settings.master_key` and `LITELLM_MASTER_KEY`. */
export const MASTER_KEY = text(
  'Bootstrap administrator credential, "sk-…"; LITELLM_MASTER_KEY wins. Left out: none.',
  { rule: bootstrapCredential },
);

/** The address of `general_settings.database_url` and `DATABASE_URL`. */
export const DATABASE_ADDRESS = text(
  'PostgreSQL address; DATABASE_URL wins. Left out: an embedded database below the data directory.',
  { rule: postgresAddress },
);

/** `general_settings`. */
export const GENERAL_SECTION = section({
  summary: 'Server, database and authentication.',
  names: GENERAL_KEYS,
  fields: {
    masterKey: MASTER_KEY,
    databaseUrl: DATABASE_ADDRESS,
    isJwtAuthEnabled: flag('Accepts tokens of the identity provider of JWT_PUBLIC_KEY_URL.', {
      default: false,
    }),
    jwtAuth: JWT_AUTH_SECTION,
  },
  unknownKeys: 'warn',
  ignored: GENERAL_IGNORED,
  pending: GENERAL_PENDING,
});
