import { settingPlace } from '../schema/setting-path.js';
import type { GroupOverageSettings } from '../model/jwt-settings.js';
import { refusePlainHttp } from './plain-http.js';
import type { Sources } from './sources.js';

/** `gatehouse.jwt.group_overage`; `null` where it does not stand. */
export function groupOverageOf({ root, findings }: Sources): GroupOverageSettings | null {
  const { group_overage: groupOverage, jwks } = root.gatehouse.jwt;
  if (groupOverage === null) return null;
  const place = settingPlace('gatehouse.jwt.group_overage', findings);
  const {
    endpoint,
    scope,
    token_url: tokenUrl,
    client_id: clientId,
    client_secret: clientSecret,
  } = groupOverage;
  refusePlainHttp([endpoint], jwks.allow_http, place.at('endpoint'));
  if (tokenUrl !== null) refusePlainHttp([tokenUrl], jwks.allow_http, place.at('token_url'));
  if (tokenUrl !== null && (clientId === null || clientSecret === null))
    place
      .at('token_url')
      .refuse(
        'stands without client_id and client_secret',
        'Write both, or remove token_url to send the token of the caller.',
      );
  if (tokenUrl === null && (clientId !== null || clientSecret !== null || scope !== null))
    place.refuse(
      'has client credentials and no token_url to use them at',
      'Write token_url, for example https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.',
    );
  const cacheSeconds = groupOverage.cache_seconds;
  return { endpoint, tokenUrl, clientId, clientSecret, scope, cacheSeconds };
}
