import { z } from 'zod';
import { isMapping, Scalar } from './input.js';
import { bare, keyOf, refuseKind, type Key } from './key.js';
import { text, type TextRule } from './scalars.js';

const partOfAddress: TextRule = (name) =>
  /^[a-z0-9.:-]{1,100}$/i.test(name)
    ? null
    : { message: 'cannot be part of an address', remedy: 'Write the name as Google shows it.' };

const written = text('Path of a credentials file, or its JSON.');

/** The mapping of a credentials file, written into the configuration. */
const inline = z
  .preprocess(
    (input, context) => (isMapping(input) ? input : refuseKind(context, input, 'a mapping')),
    z.custom<Record<string, unknown>>(),
  )
  .transform((members) => JSON.stringify(plain(members)));

const credentials: Key<string | null> = keyOf(
  z.union([bare(written), inline]),
  'Credentials file of Google Cloud: its path, its JSON or its members. Left out: the application default credentials.',
  {},
  { json: { type: ['string', 'object', 'null'] } },
);

function plain(value: unknown): unknown {
  if (value instanceof Scalar) return value.node.value;
  if (Array.isArray(value)) return value.map(plain);
  return isMapping(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
    : value;
}

/** Members of `litellm_params` for deployments on clouds. */
export const CLOUD_FIELDS = {
  vertex_project: text('Project of Google Cloud. Left out: that of the credentials.', {
    rule: partOfAddress,
  }),
  vertex_location: text(
    'Location of Vertex AI: global, us, eu or a region. Left out: us-central1.',
    { rule: partOfAddress },
  ),
  vertex_credentials: credentials,
} as const;
