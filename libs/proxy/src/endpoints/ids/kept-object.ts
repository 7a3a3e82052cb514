import type { JsonObjectScan } from '#libs/common';
import type { MadeObject, NamedObject, ObjectKind } from '#libs/objects';
import { BY_NOTHING } from '#libs/spend';
import { emptyBody, NO_MEMBERS } from '../request/bodiless-request.js';
import type { Endpoint } from '../request/endpoint.js';
import type { NamedMembers } from '../request/object-use.js';
import { readMembers, type RelayRequest } from '../request/relay-request.js';
import { textExtras } from '../request/request-extras.js';
import { invalidParameter } from '../request/request-values.js';
import { KeptObjectFormat, shownObject } from './kept-object-format.js';

/** `metadata` is the object's own here. */
const EVALUATED: ReadonlySet<string> = new Set(['custom_llm_provider', 'metadata']);
const NUMBER = /^\d{1,9}$/;
const ID = /^[\w.:-]{1,256}$/;

/** Parameters of lists: https://platform.openai.com/docs/api-reference/vector-stores/list. */
export const LIST_QUERY = {
  limit: NUMBER,
  order: /^(?:asc|desc)$/,
  after: ID,
  before: ID,
  filter: /^[a-z_]{1,32}$/,
} as const;

/** Members that all operations on kept objects have in common: the upstream of files serves them, and bills nothing. */
export const KEPT = {
  servedBy: 'files',
  streaming: 'none',
  maxRetries: 0,
  billing: BY_NOTHING,
  responseFormat: new KeptObjectFormat(),
  estimateInput: () => 0,
  extrasOf: textExtras,
} as const satisfies Partial<Endpoint>;

/** Operations that are their path and query alone. */
export const WITHOUT_BODY = {
  ...KEPT,
  takes: 'none',
  read: () => readMembers(NO_MEMBERS, null, EVALUATED),
  body: emptyBody,
} as const satisfies Partial<Endpoint>;

/** Operations with a JSON object that is sent on. */
export const WITH_BODY = {
  ...KEPT,
  read: (scan: JsonObjectScan | undefined) => readMembers(scan, null, EVALUATED),
  body: (request: RelayRequest) =>
    request.scan.withMembers(
      Object.fromEntries([...request.dropped, 'custom_llm_provider'].map((name) => [name, null])),
    ),
} as const satisfies Partial<Endpoint>;

/** The documentation of an operation without a body. */
export function documented(operationId: string, summary: string): Endpoint['documentation'] {
  return {
    operationId,
    summary,
    requestDescription: '',
    properties: {},
    required: [],
    responseDescription: 'The upstream’s answer: JSON.',
    example: {},
  };
}

/** Reads one kind of object that responses hand out by their `id`, and further ones that it names. */
export function makes(
  kind: ObjectKind,
  further: (shown: Readonly<Record<string, unknown>>) => readonly unknown[] = () => [],
): NonNullable<NonNullable<Endpoint['objects']>['made']> {
  return {
    isKept: () => true,
    ofBody: (body) => {
      const shown = shownObject(body);
      if (shown === null) return [];
      const files = further(shown).map((id) => ({ kind: 'file' as const, id }));
      return [{ kind, id: shown['id'] }, ...files].filter(hasId);
    },
  };
}

function hasId(made: { readonly kind: ObjectKind; readonly id: unknown }): made is MadeObject {
  return typeof made.id === 'string' && made.id !== '';
}

/**
 * Returns the objects that a member names: an id, or a list of ids.
 * @throws GatehouseError `request_invalid`
 */
export function namedIn(body: NamedMembers, param: string, kind: ObjectKind): NamedObject[] {
  const value = body.value(param) ?? null;
  if (value === null) return [];
  const ids: readonly unknown[] = Array.isArray(value) ? value : [value];
  return ids.map((id) => {
    if (typeof id !== 'string') throw invalidParameter(param, `"${param}" must be an id.`);
    return { kind, id, param };
  });
}
