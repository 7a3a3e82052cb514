import type { ConfiguredEndpoint } from '#libs/access';
import type { ConfigProblem, Settings } from '#libs/config';
import { LITELLM_ROUTES } from '../http/no-route.js';
import { DOCUMENTATION_PATHS } from '../openapi/api-document.js';
import { HandlerTable } from '../openapi/handler-table.js';
import { CONTROLLERS, MODULES } from './parts.js';

/**
 * Returns a problem for every endpoint of the configuration that would serve a path of the gateway, or of LiteLLM: lists of routes
 * grant those, and mean something else.
 */
export function endpointProblems({
  passThrough,
}: Pick<Settings, 'passThrough'>): readonly ConfigProblem[] {
  const taken = [
    ...new HandlerTable(MODULES, CONTROLLERS).templates,
    ...DOCUMENTATION_PATHS,
    ...LITELLM_ROUTES.map((entry) => entry.replace(/^[A-Z]+ /, '')),
  ].map(segmentsOf);
  return passThrough.endpoints.flatMap((endpoint, index) => {
    const own = taken.find((template) => haveOneInCommon(endpoint, template));
    if (own === undefined) return [];
    return [
      {
        path: `general_settings.pass_through_endpoints[${String(index)}].path`,
        message: `collides with the route /${own.join('/')}`,
        remedy: 'Choose a path that neither Gatehouse nor LiteLLM has, for example /apis/NAME.',
      },
    ];
  });
}

/**
 * Tells whether an endpoint and a route serve a path in common.
 * @param template segments, of which `:name` and `{name}` stand for any one, a last `*`, `*name` or `{name:path}` for one or more
 */
function haveOneInCommon(endpoint: ConfiguredEndpoint, template: readonly string[]): boolean {
  const own = segmentsOf(endpoint.path);
  const isOpenEnded = /^\*|:path\}/.test(template.at(-1) ?? '');
  const fixed = isOpenEnded ? template.slice(0, -1) : template;
  const length = Math.min(own.length, fixed.length);
  if (!fixed.slice(0, length).every((one, index) => isFree(one) || one === own[index]))
    return false;
  if (own.length < template.length) return endpoint.includesSubpath;
  return own.length === template.length || isOpenEnded;
}

function isFree(segment: string): boolean {
  return segment.startsWith(':') || segment.startsWith('{');
}

function segmentsOf(path: string): readonly string[] {
  return path.replaceAll(/^\/|\/$/g, '').split('/');
}
