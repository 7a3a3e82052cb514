import { requestedRoute, type RequestedRoute } from '#libs/access';

/** The route of `POST /v1/chat/completions` and the like. */
export function aRoute(text: string): RequestedRoute {
  const [method = '', target = ''] = text.split(' ');
  const route = requestedRoute(method, target);
  if (route === null) throw new Error(`${text} is not in normal form`);
  return route;
}
