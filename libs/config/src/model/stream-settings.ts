/** How streams of a deployment are kept in time. */
export interface StreamSettings {
  /** Until the first byte of a stream, seconds. */
  readonly firstByteTimeoutSeconds: number;
  /** Between two bytes of a stream, seconds. */
  readonly streamIdleTimeoutSeconds: number;
  /** Silence after which a stream that has begun gets a sign of life, seconds; `null` for none. */
  readonly keepAliveSeconds: number | null;
  /** Whether the client's own number has priority over that silence. */
  readonly takesClientKeepAlive: boolean;
}
