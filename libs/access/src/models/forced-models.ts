import type { RequestedRoute } from '../routes/route-path.js';

/** By canonical route, the model that serves every call of it. */
export type ForcedModels = Readonly<Record<string, string>>;

/**
 * Returns the model that the configuration forces on the calls of a route, `null` for none.
 * @param path canonical, for example `/chat/completions`
 */
export function forcedModelAt(path: string, forced: ForcedModels): string | null {
  return Object.hasOwn(forced, path) ? (forced[path] ?? null) : null;
}

/** Returns the route of a call with the model that counts in the place of any that its path or its body names. */
export function withForcedModel(route: RequestedRoute, forced: ForcedModels): RequestedRoute {
  const model =
    route.method === 'POST' && route.endpoint === undefined
      ? forcedModelAt(route.path, forced)
      : null;
  return model === null ? route : Object.freeze({ ...route, model });
}
