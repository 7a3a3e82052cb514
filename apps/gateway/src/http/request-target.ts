import type { IncomingMessage } from 'node:http';

const ABSOLUTE = /^https?:\/\/(?<authority>[^/?#]+)(?<rest>.*)$/i;

/**
 * Brings the target of a request into the form that routes are compared with. An absolute target
 * (`GET http://host/v1/models`, RFC 9112 section 3.2.2) becomes its path, and its host replaces the `Host` header. The
 * prefix of `SERVER_ROOT_PATH` is taken off where it stands; a proxy in front may have taken it off already.
 * @param request as it was parsed
 * @param rootPath the prefix without slash at its end; empty for none
 */
export function normalizeTarget(
  request: Pick<IncomingMessage, 'url' | 'headers'>,
  rootPath: string,
): void {
  const { authority, rest } = ABSOLUTE.exec(request.url ?? '')?.groups ?? {};
  if (authority !== undefined && rest !== undefined) {
    request.headers.host = authority.slice(authority.lastIndexOf('@') + 1);
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  if (rootPath !== '') request.url = withoutPrefix(request.url ?? '', rootPath);
}

/** The prefix ends where a segment of the path ends. */
function withoutPrefix(target: string, rootPath: string): string {
  if (!target.startsWith(rootPath)) return target;
  const below = target.slice(rootPath.length);
  if (below.startsWith('/')) return below;
  return below === '' || below.startsWith('?') ? `/${below}` : target;
}
