import { Transform } from 'class-transformer';

/**
 * What an empty string in a request says about a member, as LiteLLM's Terraform providers send it for what their user
 * left alone. `absent`: nothing, so that an update leaves the member and a query does not filter by it. `null`: the same as
 * `null`, so that an update clears it; for display texts alone, because clearing an owner would widen access.
 */
export type EmptyTextMeaning = 'absent' | 'null';

/** Member that may be an empty string. Without this decorator the member's own rule refuses one. */
export function EmptyTextIs(meaning: EmptyTextMeaning): PropertyDecorator {
  const replacement = meaning === 'null' ? null : undefined;
  return Transform(({ value }: { value: unknown }): unknown =>
    value === '' ? replacement : value,
  );
}

/**
 * Returns the value of a list or an object in a request: an empty string is `null`, which a new row reads as absent and an
 * update as clearing, and a list of one empty string is the empty list. LiteLLM's Terraform providers send both for
 * what their user left out.
 * @param value what the request holds
 */
export function withoutEmptyText(value: unknown): unknown {
  if (value === '') return null;
  return Array.isArray(value) && value.length === 1 && value[0] === '' ? [] : value;
}

/** Member that holds a list or an object and is read by {@link withoutEmptyText}. */
export const EmptyTextIsNothing = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }): unknown => withoutEmptyText(value));
