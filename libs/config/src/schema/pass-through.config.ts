import type { z } from 'zod';
import { ignoredKeys } from '../names/unsupported-keys.js';
import { list, record } from './collections.js';
import { required } from './key.js';
import { timeoutField } from './model-list.config.js';
import { headerNameProblem, headerValue, httpAddress } from './rules.js';
import { dollars, flag, text, type TextRule } from './scalars.js';
import { section } from './section.js';

const MAX_PATH_LENGTH = 256;
const SEGMENTS = /^(?:\/[A-Za-z0-9._~-]+)+\/?$/;

/** Methods that LiteLLM serves at an endpoint. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const upperCase = (method: string): string => method.toUpperCase();
const servedMethod: TextRule = (method) =>
  METHODS.includes(upperCase(method))
    ? null
    : { message: 'is not a method that is served', remedy: `Write one of: ${METHODS.join(', ')}.` };

const endpointPath: TextRule = (path) => {
  const remedy = 'Write a path such as /bria, of letters, digits and the signs . _ ~ -';
  if (path.length > MAX_PATH_LENGTH) return { message: 'is too long for a path', remedy };
  if (!SEGMENTS.test(path) || /\/\.\.?(?:\/|$)/.test(path))
    return { message: 'is not a path of the gateway', remedy };
  return null;
};

const parameterName = (name: string): readonly [string, string] | null =>
  name.trim() === '' ? ['is empty', 'Write the name of a parameter.'] : null;

/** One entry of `general_settings.pass_through_endpoints`. */
const ENDPOINT_SECTION = section({
  summary: 'One path whose requests are passed through.',
  fields: {
    path: required(
      text('Path of the gateway; not one of its own routes.', {
        rule: endpointPath,
        canonical: (path) => path.replace(/\/$/, ''),
      }),
      'Write the path that clients call, for example /bria.',
    ),
    target: required(
      text(
        'Address that it stands for; its query is sent where the client has no such parameter.',
        {
          rule: httpAddress,
        },
      ),
      'Write the address of the upstream.',
    ),
    headers: record(
      'Headers of every request, which nothing of the client replaces; os.environ/NAME may stand within a value.',
      text('Value of the header.', { rule: headerValue }),
      headerNameProblem,
    ),
    default_query_params: record(
      'Parameters of the query where neither the client nor the target has one of that name.',
      text('Value of the parameter.', { mayBeEmpty: true, mayBeBoolean: true }),
      parameterName,
    ),
    methods: list<string, readonly string[]>(
      'Methods that are served. Left out or empty: all of GET, POST, PUT, PATCH and DELETE.',
      text('A method.', { rule: servedMethod, canonical: upperCase }),
      { mayBeSingle: true, default: [] },
    ),
    include_subpath: flag('Also passes everything below path through.', { default: false }),
    forward_headers: flag(
      'Sends the headers of the client besides those that describe its content; never a credential.',
      { default: false, differs: 'Credentials and headers of the connection are never sent.' },
    ),
    auth: flag('Callers need a credential, and a list of routes that opens the path.', {
      default: true,
      differs: 'Older versions of LiteLLM leave an endpoint open without it.',
    }),
    cost_per_request: dollars(
      'US dollars of every request. Left out: requests are recorded as unpriced.',
    ),
    timeout: timeoutField(
      'Seconds of a request. Left out: general_settings.pass_through_request_timeout.',
    ),
  },
  unknownKeys: 'refuse',
  ignored: ignoredKeys([['endpoints are identified by their path', 'id is_from_config']]),
});

/** An entry of `general_settings.pass_through_endpoints` as it was read. */
export type EndpointValue = z.output<typeof ENDPOINT_SECTION>;

/** Keys of `general_settings` about requests that are passed through. */
export const PASS_THROUGH_KEYS = {
  pass_through_endpoints: list<EndpointValue, readonly EndpointValue[]>(
    'Paths whose requests are passed through to an address.',
    ENDPOINT_SECTION,
    { default: [] },
  ),
  pass_through_request_timeout: timeoutField(
    'Seconds of a request that is passed through. Left out: 600.',
  ),
};
