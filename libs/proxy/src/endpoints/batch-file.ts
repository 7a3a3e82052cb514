import type { ByteSequence } from '#libs/common';

/** A checked file of requests, which is sent on with the name that an upstream has for the model. */
export interface BatchFile {
  /** The model of every request. */
  readonly model: string;
  /** Returns the file for an upstream. */
  contentFor(upstreamModel: string): ByteSequence;
}
