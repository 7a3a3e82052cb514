import type { WireFormat } from '#libs/common';
import { ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';
import { A_FORM, formText } from './recording.js';

/** The model of every call of the matrix. */
export const MATRIX_MODEL = 'test-model';

/** One operation in one of its forms, plain or streamed, as a client sends it. */
export interface MatrixCall {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly wire: WireFormat;
  readonly method: string;
  /** Every spelling of its route. */
  readonly paths: readonly string[];
  readonly isStream: boolean;
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Members that ask for a stream, with the value with which they do. */
const STREAM_MEMBERS = [
  ['stream', true],
  ['stream_format', 'sse'],
] as const;
/** Routes whose every response is a stream. */
const STREAM_ROUTE = ':stream';

/** Every operation of the table of endpoints in each of its forms. A new endpoint is among them by itself. */
export const MATRIX_CALLS: readonly MatrixCall[] = ENDPOINTS.flatMap((endpoint) => {
  const { properties } = endpoint.documentation;
  const member = STREAM_MEMBERS.find(([name]) => name in properties);
  if (member === undefined) return [callOf(endpoint, {}, endpoint.route.includes(STREAM_ROUTE))];
  return [callOf(endpoint, {}, false), callOf(endpoint, { [member[0]]: member[1] }, true)];
});

function callOf(endpoint: Endpoint, further: object, isStream: boolean): MatrixCall {
  const { route, wire = 'openai', method = 'POST', takes = 'json', documentation } = endpoint;
  const { plain, withModel } = pathsOf(endpoint);
  const content = { ...documentation.example, model: MATRIX_MODEL, ...further };
  const body = takes === 'form' ? formText(content) : JSON.stringify(content);
  return {
    ...{ endpoint, wire, method, isStream },
    name: `${method} ${route}, ${isStream ? 'streamed' : 'plain'}`,
    paths: [...plain, ...withModel].map((path) => path.replaceAll(':model', MATRIX_MODEL)),
    body: method === 'GET' ? undefined : body,
    headers: takes === 'form' ? A_FORM.headers : { 'content-type': 'application/json' },
  };
}
