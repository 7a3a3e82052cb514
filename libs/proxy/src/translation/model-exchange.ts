import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

/** A request in the form that the models of the AI SDK take. */
export interface ModelRequest {
  readonly options: LanguageModelV4CallOptions;
  /** Members of the body that the model cannot be told, by name; they have been left out. */
  readonly dropped: readonly string[];
}

/** A failure as the client of an API receives it. */
export interface ModelFailure {
  /** Status of the upstream, or the one that stands for what it said. */
  readonly status: number;
  readonly message: string;
}

/** Writes what a model has answered in the form of one API. One for each response. */
export interface ResponseEncoder {
  /** Returns the body of a response that is not streamed: JSON. */
  whole(result: LanguageModelV4GenerateResult): string;
  /** Returns the events that a part of a stream is; empty for none. */
  part(part: LanguageModelV4StreamPart): string;
  /** Returns what follows the last part of a whole stream; empty for nothing. */
  end(): string;
  /** Returns the body of a response with an error status: JSON. */
  failure(failure: ModelFailure): string;
  /** Returns the event that ends a stream in which the upstream has told of a failure. */
  failureEvent(failure: ModelFailure): string;
}
