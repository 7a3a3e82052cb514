import { z } from 'zod';
import { isMapping, Scalar } from './input.js';
import { bare, keyOf, refuseKind, type Key } from './key.js';
import { baseAddress, credential, httpAddress, plainName, regionName } from './rules.js';
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

const googleCredentials: Key<string | null> = keyOf(
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

const arn: TextRule = (name) =>
  /^arn:[\w+=,.@:/-]{1,2000}$/.test(name)
    ? null
    : { message: 'is not the ARN of a role', remedy: 'Write arn:aws:iam::ACCOUNT:role/NAME.' };

const sessionName: TextRule = (name) =>
  /^[\w+=,.@-]{2,64}$/.test(name)
    ? null
    : {
        message: 'cannot be the name of a session',
        remedy: 'Write 2 to 64 letters, digits and characters of "_+=,.@-".',
      };

/** Members for deployments on Amazon's cloud. */
const AMAZON_FIELDS = {
  aws_access_key_id: text('Id of a key of Amazon, best as os.environ/NAME.', { rule: credential }),
  aws_secret_access_key: text('Secret of that key.', { rule: credential }),
  aws_session_token: text('Session token of that key, where it is temporary.', {
    rule: credential,
  }),
  aws_region_name: text(
    'Region of Amazon. Left out: that of the ARN in model, else AWS_REGION_NAME, AWS_REGION, AWS_DEFAULT_REGION, else us-west-2.',
    { rule: regionName },
  ),
  aws_profile_name: text('Profile of the files below ~/.aws.', { rule: plainName }),
  aws_role_name: text('ARN of a role that is taken on before calls.', { rule: arn }),
  aws_session_name: text('Name of the sessions of that role. Left out: gatehouse.', {
    rule: sessionName,
  }),
  aws_external_id: text('External id that the role wants.', { rule: credential }),
  aws_web_identity_token: text(
    'Token with which the role is taken on: oidc/file/PATH, oidc/env_path/NAME, oidc/env/NAME, or the token.',
    { rule: credential },
  ),
  aws_sts_endpoint: text('Address where roles are asked for. Left out: that of the region.', {
    rule: httpAddress,
  }),
  aws_bedrock_runtime_endpoint: text(
    'Address of the Bedrock runtime. Left out: api_base, else that of the region.',
    { rule: baseAddress },
  ),
} as const;

/** Members of `litellm_params` for deployments on clouds. */
export const CLOUD_FIELDS = {
  vertex_project: text('Project of Google Cloud. Left out: that of the credentials.', {
    rule: partOfAddress,
  }),
  vertex_location: text(
    'Location of Vertex AI: global, us, eu or a region. Left out: us-central1.',
    { rule: partOfAddress },
  ),
  vertex_credentials: googleCredentials,
  ...AMAZON_FIELDS,
} as const;
