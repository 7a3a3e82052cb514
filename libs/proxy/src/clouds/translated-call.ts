import type {
  BodySink,
  BodySource,
  HeadResult,
  ResponseHead,
  UpstreamCall,
} from '../upstream/upstream-call.js';
import type { UpstreamFailureKind } from '../upstream/upstream-failure.js';

/** How one response is put into another form. */
export interface Translation {
  /** In place of the head that came. */
  readonly head: ResponseHead;
  /** Takes the body that comes, and gives a receiver the translated one. */
  receiver(sink: BodySink, source: BodySource): BodySink;
}

/** A call whose response has another form than the one that the upstream gave it. */
export class TranslatedCall implements UpstreamCall {
  readonly responded: Promise<HeadResult>;
  private translation: Translation | null = null;

  /** @param translationOf how a response is translated; `null` for one that stays as it is */
  constructor(
    private readonly call: UpstreamCall,
    translationOf: (head: ResponseHead) => Translation | null,
  ) {
    this.responded = call.responded.then((result) => {
      if (result.head === null) return result;
      this.translation = translationOf(result.head);
      return this.translation === null ? result : { head: this.translation.head, failure: null };
    });
  }

  /** True as soon as anything of the request may have reached the upstream. */
  get wasSent(): boolean {
    return this.call.wasSent;
  }

  /** Names the receiver of the translated body, and lets it flow. */
  receive(sink: BodySink): void {
    this.call.receive(this.translation?.receiver(sink, this.call) ?? sink);
  }

  /** Stops the flow. */
  pause(): void {
    this.call.pause();
  }

  /** Lets the body flow again. */
  resume(): void {
    this.call.resume();
  }

  /** Ends the call. */
  abort(kind: UpstreamFailureKind): void {
    this.call.abort(kind);
  }
}
