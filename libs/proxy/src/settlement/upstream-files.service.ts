import { Injectable } from '@nestjs/common';
import { ByteSequence } from '#libs/common';
import type { DeploymentSettings } from '#libs/config';
import { dialectOf } from '../dialects/dialect-table.js';
import { decodedStream } from './decoded-responses.js';
import { collectBody } from '../streaming/buffered-response.js';
import { fixedHeaders } from '../upstream/request-headers.js';
import { isSuccessStatus } from '../upstream/response-headers.js';
import { UpstreamTransport, type UpstreamCall } from '../upstream/upstream-call.js';
import { shownObject } from '../endpoints/ids/kept-object-format.js';

/** Receives the content of a file. */
interface ContentSink {
  push(chunk: Buffer): void;
}

/** What an upstream answered to a question of the gateway. */
export type Asked =
  | { readonly kind: 'found'; readonly shown: Readonly<Record<string, unknown>> }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly reason: string };

const NO_BODY = new ByteSequence([]);
/** Time for a file of results. */
const CONTENT_MS = 600_000;
const OBJECT_MS = 60_000;

/**
 * Asks upstreams about what they keep, for the gateway itself: these questions cost nothing, so that they are neither held nor
 * booked.
 */
@Injectable()
export class UpstreamFilesService {
  constructor(private readonly upstream: UpstreamTransport) {}

  /** Returns an object. Never rejects. */
  async ask(deployment: DeploymentSettings, path: string): Promise<Asked> {
    const call = this.send(deployment, path, OBJECT_MS);
    const { head, failure } = await call.responded;
    if (failure !== null) return { kind: 'failed', reason: failure.kind };
    const { bytes, failure: cut } = await collectBody(decodedStream(head, call));
    if (head.status === 404) return { kind: 'gone' };
    const shown = cut === null && isSuccessStatus(head.status) ? shownObject(bytes) : null;
    return shown === null
      ? { kind: 'failed', reason: cut?.kind ?? `status ${String(head.status)}` }
      : { kind: 'found', shown };
  }

  /**
   * Reads the content of a file to its end.
   * @returns why it could not be read whole; `null` when it was. Never rejects.
   */
  async read(
    deployment: DeploymentSettings,
    fileId: string,
    sink: ContentSink,
  ): Promise<string | null> {
    const path = `/files/${encodeURIComponent(fileId)}/content`;
    const call = this.send(deployment, path, CONTENT_MS);
    const { head, failure } = await call.responded;
    if (failure !== null) return failure.kind;
    if (!isSuccessStatus(head.status)) {
      call.abort('aborted');
      return `status ${String(head.status)}`;
    }
    return new Promise((resolve) => {
      decodedStream(head, call).receive({
        onData: (chunk) => {
          sink.push(chunk);
        },
        onEnd: () => {
          resolve(null);
        },
        onFailure: ({ kind }) => {
          resolve(kind);
        },
      });
    });
  }

  private send(deployment: DeploymentSettings, path: string, totalMs: number): UpstreamCall {
    const dialect = dialectOf(deployment, 'openai');
    const url = dialect.url(deployment, path);
    const request = {
      method: 'GET',
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      headers: fixedHeaders(deployment, dialect.credential(deployment), '*/*'),
      body: NO_BODY,
    };
    return this.upstream.send(request, { totalMs, firstByteMs: totalMs, silenceMs: null });
  }
}
