import type { IncomingMessage } from 'node:http';
import { withoutAzure } from '#libs/access';
import type { Settings } from '#libs/config';

/** What the form of a target depends on. */
export interface TargetSettings {
  /** Prefix of every route, without slash at its end; empty for none. */
  readonly rootPath: string;
  readonly passThrough: Pick<Settings['passThrough'], 'prefixes'>;
}

const ABSOLUTE = /^https?:\/\/(?<authority>[^/?#]+)(?<rest>.*)$/i;

/**
 * Brings the target of a request into the form that routes are compared with. An absolute target
 * (`GET http://host/v1/models`, RFC 9112 section 3.2.2) becomes its path, and its host replaces the `Host` header. The
 * prefix of `SERVER_ROOT_PATH` is taken off where it stands; a proxy in front may have taken it off already. Azure's address
 * of an operation becomes that of the gateway.
 * @param request as it was parsed
 */
export function normalizeTarget(
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  { rootPath, passThrough }: TargetSettings,
): void {
  const { authority, rest } = ABSOLUTE.exec(request.url ?? '')?.groups ?? {};
  if (authority !== undefined && rest !== undefined) {
    request.headers.host = authority.slice(authority.lastIndexOf('@') + 1);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  if (rootPath !== '') request.url = withoutPrefix(request.url ?? '', rootPath);
  request.url = withoutAzure(request.url ?? '', passThrough);
}

/** The prefix ends where a segment of the path ends. */
function withoutPrefix(target: string, rootPath: string): string {
  if (!target.startsWith(rootPath)) return target;
  const below = target.slice(rootPath.length);
  if (below.startsWith('/')) return below;
  return below === '' || below.startsWith('?') ? `/${below}` : target;
}
