/** What all parts of one completion repeat. */
export interface CompletionFacts {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** The provider's name of the model. */
  readonly model: string;
}

/** What a provider tells of its response; it may tell nothing. */
interface ResponseFacts {
  readonly id?: string;
  readonly timestamp?: Date;
  readonly modelId?: string;
}

/** Returns the facts of a response; those of the gateway where the provider has none. */
export function completionFacts(
  { id, timestamp, modelId }: ResponseFacts,
  own: CompletionFacts,
): CompletionFacts {
  const seconds = Math.floor((timestamp?.getTime() ?? Number.NaN) / 1_000);
  return {
    id: named(id) ?? own.id,
    created: Number.isNaN(seconds) ? own.created : seconds,
    model: named(modelId) ?? own.model,
  };
}

/** A package may have an empty name where its provider has none. */
function named(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : name;
}
