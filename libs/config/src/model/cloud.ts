import type { AwsCredential } from './pass-through.js';

/** How the gateway signs in with Google Cloud. */
export interface GoogleAccess {
  readonly kind: 'google';
  /** Text of a credentials file, which is JSON. Secret; `null` for the application default credentials. */
  readonly credentials: string | null;
}

/** What proves who asks for a role: a token in a file, which may be replaced there, or its text. Secret. */
export type WebIdentity = { readonly file: string } | { readonly token: string };

/** A role that is taken on before calls. */
export interface AmazonRole {
  readonly arn: string;
  readonly sessionName: string;
  /** `null` for none. */
  readonly externalId: string | null;
  /** `null` where the keys take the role on. */
  readonly webIdentity: WebIdentity | null;
}

/** How the gateway signs requests to Amazon. */
export interface AmazonAccess {
  readonly kind: 'amazon';
  readonly region: string;
  /** Keys of the configuration; `null` for those of the profile, else of the default chain. */
  readonly keys: Omit<AwsCredential, 'region'> | null;
  /** Of the files below `~/.aws`; `null` for none. */
  readonly profile: string | null;
  /** `null` where the keys are used as they are. */
  readonly role: AmazonRole | null;
  /** Where roles are asked for; `null` for Amazon's own address in the region. */
  readonly tokenService: string | null;
}

/** How the gateway signs in with the cloud on which a deployment runs. */
export type CloudAccess = GoogleAccess | AmazonAccess;
