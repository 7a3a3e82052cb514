import type { AdmittedCall } from '#libs/access';
import type { JsonObjectScan } from '#libs/common';
import type { MadeObject, NamedObject, ObjectKind } from '#libs/objects';
import type { RelayRequest } from './relay-request.js';

/** The members of a body: scanned for a request, given for an explanation. */
export type NamedMembers = JsonObjectScan | NonNullable<AdmittedCall['body']>;

/** Reads the objects that responses hand out. */
interface MadeObjects {
  /** False where the upstream keeps nothing of a request. */
  isKept(request: RelayRequest): boolean;
  /** True where responses may hand out ids also when nothing of the request is kept; left out where they do not. */
  handsOut?(request: RelayRequest): boolean;
  /**
   * Returns the objects of a successful buffered response.
   * @param isKept whether the upstream keeps what it makes
   */
  ofBody(body: Buffer, isKept: boolean): readonly MadeObject[];
  /** Returns those of one event, latin1 text; left out where responses are buffered. Called for every event. */
  ofEvent?(event: string, isKept: boolean): readonly MadeObject[];
}

/** The objects that an operation names, makes and removes. */
export interface ObjectUse {
  /**
   * The kinds of the objects that the path names, by parameter. The deployment that has made the first one is asked, and no
   * other.
   */
  readonly inPath?: Readonly<Record<string, ObjectKind>>;
  /** Set where a success removes the first object of the path. */
  readonly removes?: true;
  /**
   * Returns the objects that a body names, each of which must be the caller's.
   * @throws GatehouseError `request_invalid`
   */
  named?(body: NamedMembers): readonly NamedObject[];
  /** Left out where responses hand out no ids. */
  readonly made?: MadeObjects;
}
