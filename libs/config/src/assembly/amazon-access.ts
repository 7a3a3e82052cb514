import type { AmazonAccess, AmazonRole, WebIdentity } from '../model/cloud.js';
import { variableOf } from '../source/environment.js';
import type { AddressContext, ModelParams } from './address-parts.js';

const DEFAULT_SESSION = 'gatehouse';
/** LiteLLM's ways to name a token. */
const NAMED_TOKEN = /^oidc\/([a-z_]+)\/(.+)$/;

/**
 * Returns how the requests of an entry are signed.
 * @returns `null` after recording a problem
 */
export function amazonAccess(
  params: ModelParams,
  region: string,
  context: AddressContext,
): AmazonAccess | null {
  const keys = keysOf(params, context);
  const role = roleOf(params, context);
  if (keys === undefined || role === undefined) return null;
  const profile = params.aws_profile_name ?? null;
  return {
    ...({ kind: 'amazon', region, keys, profile, role } as const),
    tokenService: params.aws_sts_endpoint ?? null,
  };
}

/** `undefined` after recording a problem. */
function keysOf(params: ModelParams, { place }: AddressContext): AmazonAccess['keys'] | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = params;
  if (isSet(accessKeyId) && isSet(secretAccessKey))
    return { accessKeyId, secretAccessKey, sessionToken: params.aws_session_token ?? null };
  if (!isSet(accessKeyId) && !isSet(secretAccessKey)) return null;
  const missing = isSet(accessKeyId) ? 'aws_secret_access_key' : 'aws_access_key_id';
  place.at(missing).refuse('is missing', 'Write both parts of the key, or none.');
  return undefined;
}

/** `undefined` after recording a problem. */
function roleOf(params: ModelParams, context: AddressContext): AmazonRole | null | undefined {
  const { aws_role_name: arn, aws_web_identity_token: token } = params;
  if (!isSet(arn)) {
    if (!isSet(token)) return null;
    context.place
      .at('aws_role_name')
      .refuse('is missing, and the token is for a role', 'Write the ARN of the role.');
    return undefined;
  }
  const webIdentity = isSet(token) ? webIdentityOf(token, context) : null;
  if (webIdentity === undefined) return undefined;
  const sessionName = params.aws_session_name ?? DEFAULT_SESSION;
  return { arn, sessionName, externalId: params.aws_external_id ?? null, webIdentity };
}

/** `undefined` after recording a problem, whose message repeats nothing of the token. */
function webIdentityOf(
  written: string,
  { environment, place }: AddressContext,
): WebIdentity | undefined {
  const where = place.at('aws_web_identity_token');
  const [, way, name] = NAMED_TOKEN.exec(written) ?? [];
  if (way === undefined || name === undefined) return { token: written };
  if (way === 'file') return { file: name };
  if (way !== 'env' && way !== 'env_path') {
    where.refuseUnsupported(
      'names a way to a token that is not known',
      'Write oidc/file/PATH, oidc/env_path/NAME or oidc/env/NAME.',
    );
    return undefined;
  }
  const value = variableOf(environment, name);
  if (value !== null) return way === 'env' ? { token: value } : { file: value };
  where.refuse('names a variable that is not set', 'Set it, or write oidc/file/PATH.');
  return undefined;
}

function isSet(value: string | null | undefined): value is string {
  return typeof value === 'string';
}
