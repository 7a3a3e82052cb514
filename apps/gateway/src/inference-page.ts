import type { OpenAPIObject } from '@nestjs/swagger';

const INTRODUCTION = `# Inference routes

Written by \`npm run generate\` from the [OpenAPI document](openapi.json); do not edit it here. [Routes](routes.md) says who may call
them. A route and its aliases are one route in every list of routes; a model named by the path wins over the body's.

Azure's clients reach the same routes below \`/openai\` and \`/openai/v1\`: audio, batches, chat, completions, embeddings, files, fine-tuning,
images, models, realtime, responses and vector stores. \`/openai\` is also the prefix that passes requests through to OpenAI
([how](../how-to/pass-requests-through.md)). What decides:

| Request below \`/openai\` | Served by |
| --- | --- |
| \`/openai/deployments/{model}/…\` of a route of this table, \`/openai/v1/responses\`, \`/openai/v1/realtime\` | the model list, always |
| an operation of the list above, with \`api-version\` in the query | the model list |
| the same without \`api-version\`, where the prefix is not set up | the model list |
| the same without \`api-version\`, where the prefix is set up (\`OPENAI_API_KEY\`) | OpenAI, passed through |
| anything else, and everything below \`/openai_passthrough\` | OpenAI, passed through |
`;

const HEADER = ['| Route | Also answers at | Does |', '| --- | --- | --- |'];

/** The group of the OpenAPI document that calls of models are in. */
const GROUP = 'models';
/** What aliases have in front. The first spelling that a route has is its own. */
const SPELLINGS = [
  '/v1/engines/{model}',
  '/v1',
  '/openai/v1',
  '/openai/deployments/{model}',
  '/engines/{model}',
  '/v2',
];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Route {
  readonly methods: readonly string[];
  readonly path: string;
  readonly summary: string;
}

/**
 * Returns the page `docs/reference/inference-routes.md`.
 * @param document the OpenAPI document of the gateway
 */
export function inferencePage(document: Pick<OpenAPIObject, 'paths'>): string {
  const groups = Map.groupBy(
    routesOf(document),
    (route) => `${String(route.methods)} ${plainPath(route.path)}`,
  );
  const lines = [...groups.values()].map((routes) => {
    const [own, ...aliases] = routes.toSorted((one, other) => rank(one.path) - rank(other.path));
    if (own === undefined) throw new Error('a group without a route');
    const shown = aliases.map(({ path }) => `\`${path}\``).join(', ');
    return `| ${own.methods.join(', ').toUpperCase()} \`${own.path}\` | ${shown} | ${own.summary} |`;
  });
  return [INTRODUCTION, ...HEADER, ...lines, ''].join('\n');
}

/** Returns the routes of a path, those that do the same in one. */
function routesOf({ paths }: Pick<OpenAPIObject, 'paths'>): Route[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    const operations = METHODS.flatMap((method) => {
      const operation = item[method];
      return operation?.tags?.includes(GROUP) === true
        ? [{ method, summary: operation.summary ?? '' }]
        : [];
    });
    const same = Map.groupBy(operations, ({ summary }) => summary);
    return [...same].map(([summary, group]) => ({
      path,
      summary,
      methods: group.map(({ method }) => method),
    }));
  });
}

/** Returns the path without what its spelling has in front. The Google lists have a form of their own, so that theirs stays. */
function plainPath(path: string): string {
  if (path.startsWith('/v1beta') && path.includes(':')) return path.slice('/v1beta'.length);
  const spelling = SPELLINGS.find((start) => path.startsWith(`${start}/`));
  return path.slice(spelling?.length ?? 0);
}

function rank(path: string): number {
  if (path.startsWith('/v1beta')) return 0;
  return path.startsWith('/v1/') ? 1 : 2;
}
