import { createHash } from 'node:crypto';
import type { LoggedCaller } from '#libs/access';
import type { DeploymentSettings } from '#libs/config';
import type { AccessDecision } from '../call/access-decision.js';
import { modelCatalogueOf } from '../policy/model-permissions.js';
import { recordedPrincipal, requestedModel } from './decision-record.js';

/**
 * Returns the ids that the log line of a call names, as far as the call has come. Before the caller is verified every
 * id is `null`, because an unverified token can hold any text. An id that is an email address is a claim's value and
 * personal, so that a digest is in its place: calls of one user can still be found by it.
 * @param deployments the configured upstreams: of the models that clients ask for only their names are logged
 */
export function loggedCaller(
  call: AccessDecision,
  deployments: readonly DeploymentSettings[],
): LoggedCaller {
  const principal = recordedPrincipal(call);
  const model = requestedModel(call);
  return {
    user: loggedId(principal?.user_id),
    team: loggedId(principal?.team_id),
    organisation: loggedId(principal?.org_id),
    keyId: principal?.key_id ?? null,
    model: model !== null && modelCatalogueOf(deployments).names.includes(model) ? model : null,
  };
}

const DIGEST_LENGTH = 16;

function loggedId(id: string | null | undefined): string | null {
  if (id === null || id === undefined) return null;
  if (!id.includes('@')) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex').slice(0, DIGEST_LENGTH)}`;
}
