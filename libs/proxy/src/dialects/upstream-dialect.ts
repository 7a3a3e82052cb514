import type { IncomingHttpHeaders } from 'node:http';
import type { ByteSequence } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import type { UpstreamCall } from '../upstream/upstream-call.js';
import type { UpstreamHeaders } from '../upstream/upstream-headers.js';

/** JSON text by the name of a member of the body; `null` removes the member. */
export type BodyMembers = Readonly<Record<string, string | null>>;

/** The call that a response belongs to. */
export interface RespondedCall {
  /** As that of `url`. */
  readonly operation: string;
  /** Ours, as in `x-request-id`. */
  readonly requestId: string;
}

/** Addresses and headers of one family of upstreams, for operations of one API. */
export interface UpstreamDialect {
  /** Canonical routes of the operations that its upstreams have; left out where they may have every one of the API. */
  readonly operations?: ReadonlySet<string>;
  /**
   * Returns the complete address of an operation.
   * @param operation canonical route of the operation, for example `/chat/completions`
   * @param isStream whether the request asks for a stream; left out for false
   */
  url(deployment: DeploymentSettings, operation: string, isStream?: boolean): URL;
  /** The header that carries the credential; empty when the deployment has none, or signs in with its cloud for each request. */
  credential(deployment: DeploymentSettings): UpstreamHeaders;
  /**
   * Returns the headers that are taken over from a client, and those that each call needs besides; they replace others of their name.
   * @param client the client's headers
   * @param fixed headers that every request to the deployment has
   */
  relayedHeaders(client: IncomingHttpHeaders, fixed: UpstreamHeaders): UpstreamHeaders;
  /**
   * Returns the members of the body that the upstream has otherwise than the API of the operation, the same object for the same
   * arguments; left out for none.
   * @param client the client's headers
   * @param operation as that of {@link url}
   */
  bodyMembers?(
    client: IncomingHttpHeaders,
    deployment: DeploymentSettings,
    operation: string,
  ): BodyMembers;
  /**
   * Returns the body as the upstream takes it, where that is more than {@link bodyMembers}; left out for the body itself.
   * @param operation as that of {@link url}
   */
  wrapped?(body: ByteSequence, operation: string): ByteSequence;
  /** Returns a response in the form of the API of the operation; left out where it has that form. */
  received?(call: UpstreamCall, responded: RespondedCall): UpstreamCall;
  /** Set where no parameter of a client's query goes upstream; left out where those do that the operation names. */
  readonly hasNoQuery?: true;
  /** Parameter of the query that names the model of a WebSocket; left out for `model`. */
  readonly modelParameter?: string;
  /** Tells whether the upstream understands `stream_options.include_usage`. */
  knowsIncludeUsage(deployment: DeploymentSettings): boolean;
}

/**
 * Returns an address below a base, with the query of the base.
 * @param base base address without trailing slash
 * @param path path to append, with leading slash
 */
export function below(base: string, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  url.hash = '';
  return url;
}
