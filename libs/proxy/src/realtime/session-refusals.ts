import { aliasedModel } from '#libs/access';
import { GatehouseError } from '#libs/common';
import type { EnteredCall } from '../planning/relay-call.js';
import { textIn, type Members } from './realtime-event.js';
import { transcriptionModelIn } from './session-settings.js';

/**
 * Returns why a client may not change its session so; `null` where it may. The model of a session cannot be changed, because it
 * was checked and priced with the connection; the model that transcribes is checked here.
 * @param session the member `session` of the client's event
 */
export function refusalOfSession(
  session: Members,
  { request, deployment, access }: Pick<EnteredCall, 'request' | 'deployment' | 'access'>,
): GatehouseError | null {
  const named = textIn(session['model']);
  const model = named === null ? null : aliasedModel(named, access.models.aliases);
  if (model !== null && model !== request.model && model !== deployment.upstreamModel)
    return new GatehouseError('request_invalid', {
      param: 'session.model',
      message: 'The model of a session cannot be changed. Connect again with the other model.',
    });
  const transcribing = transcriptionModelIn(session);
  if (transcribing === null || access.models.mayUse(transcribing)) return null;
  return new GatehouseError('model_not_allowed', { param: 'session.audio.input.transcription' });
}
