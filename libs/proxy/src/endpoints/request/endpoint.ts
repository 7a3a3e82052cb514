import { spellingsOf, type RelayedBody } from '#libs/access';
import type { ByteSequence, JsonObjectScan, WireFormat } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { Billing, TokenUsage, UsageDetails } from '#libs/spend';
import type { ResponseFormat } from '../../streaming/response-format.js';
import type { BatchFile } from './batch-file.js';
import type { ObjectUse } from './object-use.js';
import type { BodyTarget, RelayRequest } from './relay-request.js';
import type { RequestExtras } from './request-extras.js';

/** The text of an endpoint in the OpenAPI document. */
interface EndpointDocumentation {
  /** Base of the operation ids. */
  readonly operationId: string;
  readonly summary: string;
  /** The summary of the routes that name the model in their path; left out when the operation has none. */
  readonly summaryOfModelInPath?: string;
  readonly requestDescription: string;
  /** JSON schemas of the documented members of the request body, besides `model`. */
  readonly properties: Readonly<Record<string, object>>;
  /** Names of the members that a request must have, besides `model`. */
  readonly required: readonly string[];
  readonly responseDescription: string;
  /** A request that can be sent as it is. Its `model` is `gpt-4o` where it has none. */
  readonly example: Readonly<Record<string, unknown>>;
  /** The model of the example where the path names it; left out for `gpt-4o`. */
  readonly exampleModel?: string;
}

/** By name of a parameter, the one value that goes upstream, or the pattern of every one that does. */
type RelayedQuery = Readonly<Record<string, string | RegExp>>;

/** Methods of relayed requests. */
type RelayedMethod = 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';

/** What of a request takes time to read. */
export interface Measured {
  /** Seconds of sound; `null` where they do not show, left out where there are none. */
  readonly inputSeconds?: number | null;
  /** The requests in its file, checked; left out where there are none. */
  readonly batch?: BatchFile;
}

/** What the relay needs to know of an operation. */
export interface Operation {
  /** The method of the request, which upstreams are asked with. Left out: `POST`. */
  readonly method?: string;
  /**
   * Canonical route, for example `/chat/completions`. The spellings that clients may use follow from it, and upstreams
   * are asked for the operation of that name.
   */
  readonly route: string;
  /** The API whose form its requests and responses have, and which a deployment must speak; left out for OpenAI's. */
  readonly wire?: WireFormat;
  /** The API whose clients its errors are for, where that is another one. */
  readonly errorWire?: WireFormat;
  /** Parameters of the query that go upstream, with the values with which they do; left out for none. */
  readonly relayedQuery?: RelayedQuery;
  /** LiteLLM's name of the operation in spend rows, for example `acompletion`. */
  readonly callType: string;
  /** The operation that upstreams are asked for; left out where it is the route. */
  readonly operation?: string;
  /**
   * `sse` when a response may be a stream of server-sent events; `none` when every response is buffered. `bytes` when it may
   * be anything: events are read, JSON is buffered and read, and every other successful response is passed on as it comes.
   */
  readonly streaming: 'sse' | 'none' | 'bytes';
  /**
   * `files` where the upstream of `files_settings` serves it, or the one that keeps the objects which it names: its requests name
   * no model to call. Left out: the model list.
   */
  readonly servedBy?: 'files';
  /** Set where it starts a batch, whose cost is known when that has ended, or shows one, which may have ended. */
  readonly batch?: 'starts' | 'shows';
  /** Set where it shows or removes a response that may have run in the background, whose cost is known when that has ended. */
  readonly background?: 'shows' | 'removes';
  /** Attempts that may follow the first one at most, however many the settings allow. Left out: as many as those. */
  readonly maxRetries?: number;
  /** How it is billed, so that it is known which prices a deployment needs. */
  readonly billing: Billing;
  /** Returns true for a request whose response may be served again; left out where none may. */
  isCacheable?(request: RelayRequest): boolean;
  /** Counts what is billed by number and not by tokens; left out where nothing is. */
  readonly units?: UnitCounter;
  readonly responseFormat: ResponseFormat;
  /** The objects that it names, makes and removes at upstreams; left out for none. */
  readonly objects?: ObjectUse;
  /**
   * Reads and checks a request.
   * @param scan the scanned body; `undefined` when the request had none
   * @param pathModel model named by the path, or that of the object in the path, which has priority over the body's; `null` if none
   * @param measured what {@link Endpoint.measure} has returned; left out for an operation without it
   * @param target the request target, with its query
   * @throws GatehouseError `request_invalid` with the member's name as `param`
   */
  read(
    scan: JsonObjectScan | undefined,
    pathModel: string | null,
    measured?: Measured,
    target?: string,
  ): RelayRequest;
  /** Returns the bytes of the request for one upstream. */
  body(request: RelayRequest, target: BodyTarget): ByteSequence;
  /** Estimates the input tokens, for a call whose upstream reported no usage. */
  estimateInput(scan: JsonObjectScan): number;
  /** Returns what a request may be billed for besides the text of its body and its output. */
  extrasOf(scan: JsonObjectScan): RequestExtras;
  /**
   * Returns the searches that an upstream bills and does not count in its usage; left out where there are none.
   * @param items outputs that the response holds, as its format counts them; `null` where it did not
   */
  searchesOf?(
    deployment: Pick<DeploymentSettings, 'provider' | 'upstreamModel'>,
    scan: JsonObjectScan,
    items: number | null,
  ): UsageDetails | null;
  /**
   * Estimates the whole usage, where input or output is not text alone; left out where both are.
   * @param outputTokens those of the text that came; left out where the output has none
   */
  estimateUsage?(request: RelayRequest, outputTokens?: number): TokenUsage;
}

/** Counts what a call is billed for by number: pictures, pixels, characters, queries. */
interface UnitCounter {
  /** At least what the call may be billed for. */
  bound(request: RelayRequest): UsageDetails;
  /**
   * Returns what a served call is billed for; `null` where the gateway cannot count it.
   * @param items outputs that the response holds, as its format counts them; `null` where it did not
   */
  count(request: RelayRequest, items: number | null): UsageDetails | null;
}

/**
 * One operation of the model API, with everything in which it differs from the others. The relay, the controllers, the
 * explanation and the OpenAPI document take an endpoint from here and know none of them by name.
 */
export interface Endpoint extends Operation {
  readonly method?: RelayedMethod;
  /** Left out: a JSON object. `none` leaves a body unread. */
  readonly takes?: Exclude<RelayedBody, 'any'> | 'none';
  readonly documentation: EndpointDocumentation;
  /** Reads what takes time; left out where nothing does. */
  measure?(scan: JsonObjectScan): Promise<Measured>;
}

/** The paths of an endpoint in the notation of a Nest router. */
export interface EndpointPaths {
  /** The body names the model. */
  readonly plain: string[];
  /** The parameter `model` names the model. */
  readonly withModel: string[];
}

/**
 * Returns every spelling of an endpoint's route, the one with `/v1` first.
 * @param endpoint a row of the table
 */
export function pathsOf({ route }: Pick<Endpoint, 'route'>): EndpointPaths {
  const spellings = spellingsOf(route);
  return {
    plain: spellings
      .filter((path) => !path.includes('{model}'))
      .map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
      .reverse(),
    withModel: spellings
      .filter((path) => path.includes('{model}'))
      .map((path) => path.replace('{model}:', '*model\\:').replace('{model}', ':model')),
  };
}

/**
 * Returns a path of an endpoint as the OpenAPI document writes it.
 * @param path in the notation of a Nest router
 */
export function documentedPath(path: string): string {
  return path.replaceAll(/(?<!\\)[:*](\w+)/g, '{$1}').replace('\\', '');
}
