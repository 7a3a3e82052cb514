import type { ConfiguredEndpoint } from '#libs/access';
import type { ExactDecimal } from '#libs/common';
import type { PriceAdjustment } from './prices.js';

/** What a request to Amazon is signed with. */
export interface AwsCredential {
  readonly accessKeyId: string;
  /** Secret. */
  readonly secretAccessKey: string;
  /** Secret; `null` for a key that is not temporary. */
  readonly sessionToken: string | null;
  readonly region: string;
}

/** An upstream whose own API is passed through below a path of the gateway. */
export interface PassThroughTarget extends ConfiguredEndpoint {
  /** LiteLLM's name of the provider, by which prices are found. */
  readonly provider: string;
  /** Address of `path` at the upstream, without slash at its end and without query. */
  readonly address: string;
  /** Seconds for one request. */
  readonly timeoutSeconds: number;
  /** Headers of every request, the credential among them. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parameters of the query where the client has none of that name. May be secret. */
  readonly query: Readonly<Record<string, string>>;
  /** Whether the headers of the client are sent, without what may be a credential. */
  readonly forwardsHeaders: boolean;
  /** US dollars of every request; `null` leaves the price to the model that it names. */
  readonly costPerRequest: ExactDecimal | null;
  /** Discount and margin of the provider; `null` for none. */
  readonly adjustment: PriceAdjustment | null;
  /** What requests are signed with; `null` for no signature. */
  readonly aws: AwsCredential | null;
}

/** A prefix of a provider that is not served for want of its address or its credential. */
export interface LackingPrefix {
  readonly path: string;
  /** What is missing, as the end of a sentence. */
  readonly lack: string;
}

/** Upstreams whose own API is passed through. */
export interface PassThroughSettings {
  /** Providers below a prefix of LiteLLM. */
  readonly prefixes: readonly PassThroughTarget[];
  readonly lackingPrefixes: readonly LackingPrefix[];
  /** `general_settings.pass_through_endpoints`. */
  readonly endpoints: readonly PassThroughTarget[];
}
