/** A known key that has no effect here. */
export interface IgnoredKey {
  /** What the operator should know about it. */
  readonly note: string;
  /** Whether it gets a warning of its own: leaving it without effect may surprise. */
  readonly isLoud: boolean;
  /** Whether it may name a Python object, whose hooks are not run. */
  readonly mayBeHook?: true;
  /** The one name among its values that has an effect; absent for none. */
  readonly effectiveName?: string;
}

/** A known key that refuses the start when it is used. */
export interface PendingKey {
  /** Why, as the end of a sentence about the key. */
  readonly message: string;
  readonly remedy: string;
}

/** Keys, separated by white space, with the reason that they share, and the one name among their values that has an effect. */
export type KeyGroup = readonly [reason: string, keys: string, effectiveName?: string];

/**
 * A table of keys without effect.
 * @param quiet groups that `gatehouse check` alone mentions
 * @param loud groups whose keys are warned about one by one
 * @param hooks groups whose keys may name Python objects; such a key gets a warning
 */
export function ignoredKeys(
  quiet: readonly KeyGroup[],
  loud: readonly KeyGroup[] = [],
  hooks: readonly KeyGroup[] = [],
): ReadonlyMap<string, IgnoredKey> {
  const hookEntries = entriesOf(hooks, false).map(
    ([key, ignored]) => [key, { ...ignored, mayBeHook: true as const }] as const,
  );
  return new Map([...entriesOf(quiet, false), ...entriesOf(loud, true), ...hookEntries]);
}

/**
 * A table of keys that refuse the start.
 * @param groups what to write instead, with the keys that it holds for
 */
export function pendingKeys(groups: readonly KeyGroup[]): ReadonlyMap<string, PendingKey> {
  const message = 'is known, but this version of Gatehouse does not do it yet';
  return new Map(
    groups.flatMap(([remedy, keys]) =>
      wordsOf(keys).map((key) => [key, { message, remedy }] as const),
    ),
  );
}

function entriesOf(groups: readonly KeyGroup[], isLoud: boolean): [string, IgnoredKey][] {
  return groups.flatMap(([note, keys, effectiveName]) => {
    const ignored = { note, isLoud, ...(effectiveName !== undefined && { effectiveName }) };
    return wordsOf(keys).map((key): [string, IgnoredKey] => [key, ignored]);
  });
}

function wordsOf(keys: string): string[] {
  return keys.trim().split(/\s+/);
}
