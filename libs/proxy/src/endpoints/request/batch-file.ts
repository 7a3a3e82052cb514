import type { ByteSequence } from '#libs/common';
import type { NamedObject } from '#libs/objects';

/** A checked file of requests, which is sent on with the name that an upstream has for the model. */
export interface BatchFile {
  /** The model of every request. */
  readonly model: string;
  /** The objects that its requests name, each once. */
  readonly named: readonly NamedObject[];
  /** Returns the file for an upstream. */
  contentFor(upstreamModel: string): ByteSequence;
}
