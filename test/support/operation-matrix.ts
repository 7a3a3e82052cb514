import type { WireFormat } from '#libs/common';
import { documentedPath, ENDPOINTS, pathsOf, type Endpoint } from '#libs/proxy';
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
  /** The members of the body. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Members that ask for a stream, with the value with which they do. */
const STREAM_MEMBERS = [
  ['stream', true],
  ['stream_format', 'sse'],
] as const;
/** Routes whose every response is a stream. */
const STREAM_ROUTE = ':stream';

const isKept = ({ objects, servedBy }: Endpoint): boolean =>
  objects?.inPath !== undefined || servedBy !== undefined;

/**
 * Every operation on what an earlier call has made, or that goes where files are kept, plain. Their paths have the names of ids in
 * braces.
 */
export const KEPT_CALLS: readonly MatrixCall[] = ENDPOINTS.filter(isKept).map((endpoint) =>
  callOf(endpoint, {}, false),
);

/** Returns a call that names an object by its path and in its body. */
export function withId(call: MatrixCall, id: string): MatrixCall {
  const paths = call.paths.map((path) => path.replaceAll(/\{\w+\}/g, id));
  const body = call.body?.replaceAll(/"file-[^"]*"/g, `"${id}"`);
  return { ...call, paths, body };
}

/** Every other operation of the table of endpoints in each of its forms. A new endpoint is among one of both by itself. */
export const MATRIX_CALLS: readonly MatrixCall[] = ENDPOINTS.flatMap((endpoint) => {
  if (isKept(endpoint)) return [];
  const { properties } = endpoint.documentation;
  const member = STREAM_MEMBERS.find(([name]) => name in properties);
  if (member === undefined) return [callOf(endpoint, {}, endpoint.route.includes(STREAM_ROUTE))];
  return [callOf(endpoint, {}, false), callOf(endpoint, { [member[0]]: member[1] }, true)];
});

function callOf(endpoint: Endpoint, further: object, isStream: boolean): MatrixCall {
  const { route, wire = 'openai', method = 'POST', takes = 'json', documentation } = endpoint;
  const { plain, withModel } = pathsOf(endpoint);
  const model = isKept(endpoint) ? {} : { model: MATRIX_MODEL };
  const content = { ...documentation.example, ...model, ...further };
  return {
    ...{ endpoint, wire, method, isStream },
    name: `${method} ${route}, ${isStream ? 'streamed' : 'plain'}`,
    paths: [...plain, ...withModel].map((path) =>
      documentedPath(path).replace('{model}', MATRIX_MODEL),
    ),
    body: method === 'GET' || takes === 'none' ? undefined : encoded(content, takes),
    content,
    headers: takes === 'form' ? A_FORM.headers : { 'content-type': 'application/json' },
  };
}

function encoded(
  content: Readonly<Record<string, unknown>>,
  takes: NonNullable<Endpoint['takes']>,
): string {
  return takes === 'form' ? formText(content) : JSON.stringify(content);
}

/** Members that hold the text, or the file, of a request. */
const TEXT_MEMBERS: ReadonlySet<string> = new Set([
  'content',
  'text',
  'prompt',
  'input',
  'query',
  'file',
  'image',
]);

/** Returns the body of a call with another text, or file, in its request. */
export function withText({ content, endpoint, name }: MatrixCall, text: string): string {
  const found: string[] = [];
  const changed = JSON.parse(JSON.stringify(content), (key, value: unknown) => {
    if (!TEXT_MEMBERS.has(key) || typeof value !== 'string') return value;
    found.push(key);
    return text;
  }) as MatrixCall['content'];
  if (found.length === 0) throw new Error(`${name} has no text`);
  return encoded(changed, endpoint.takes ?? 'json');
}
