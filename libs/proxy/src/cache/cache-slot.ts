import type { ResponseRecording } from '../streaming/response-recording.js';

/** The place of a response in the cache, while it goes to its client. */
export interface CacheSlot {
  readonly key: string;
  readonly ttlSeconds: number;
  readonly recording: ResponseRecording;
}
