/** Listening address and limits of the process. */
export interface ServerSettings {
  /** Listening address, default 127.0.0.1. */
  readonly host: string;
  /** Listening port, default 4000; 0 takes a free one. */
  readonly port: number;
  /** Largest request body, default 32 MiB; larger is 413. */
  readonly bodyLimitBytes: number;
  /** Seconds that streams in flight may take after SIGTERM, default 30. */
  readonly shutdownGraceSeconds: number;
  /** Origins whose pages may call the gateway; empty for none, `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Prefix of every route, without slash at its end; empty for none. */
  readonly rootPath: string;
  /** Whether relayed responses have headers `x-litellm-…`. Default true. */
  readonly sendsLitellmHeaders: boolean;
  /** Seconds that a whole stream may take, default 7200. */
  readonly streamLimitSeconds: number;
}
