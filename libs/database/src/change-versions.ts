import type { EntityManager } from 'typeorm';
import { CHANGE_TOPICS, type ChangeTopic } from './change-feed.js';

/** Channel of LISTEN and NOTIFY. */
export const CHANGE_CHANNEL = 'gatehouse_changes';

/** A row that changed; `null` for all rows of the topic. */
export interface Change {
  readonly topic: ChangeTopic;
  readonly id: string | null;
}

/** A change as another process was told about it. */
export interface ChangeNotice extends Change {
  /** Name of the process that made the change. */
  readonly origin: string;
  /** Version of the topic since this change. */
  readonly version: bigint;
}

/** Above this number of changes of a topic, one notice says "everything". */
const MAX_NOTICES_PER_TOPIC = 100;
/** A notice holds 8000 bytes, and a character can take six in JSON. */
const MAX_ID_LENGTH = 1000;

/**
 * One statement: raises the version of every topic, in a fixed order so that units of work cannot
 * deadlock, and sends a notice for every change. Both take effect with the commit. The raised row stays locked
 * until then, so the versions of a topic are committed, and told, in their order.
 */
const PUBLISH = `
  WITH changed AS (SELECT * FROM unnest($1::text[], $2::text[]) AS c (topic, id)),
  raised AS (
    INSERT INTO change_versions (topic, version)
    SELECT DISTINCT topic, 1 FROM changed ORDER BY topic
    ON CONFLICT (topic) DO UPDATE SET version = change_versions.version + 1
    RETURNING topic, version
  )
  SELECT pg_notify('${CHANGE_CHANNEL}', json_build_object(
    'origin', $3::text, 'topic', topic, 'id', id, 'version', version::text)::text)
  FROM changed JOIN raised USING (topic)`;

/** Reads the version of every topic. */
export const READ_VERSIONS = 'SELECT topic, version::text AS version FROM change_versions';

/**
 * Makes the changes of a transaction known to other processes when it commits.
 * @param manager the transaction, at its end
 * @param changes what changed; nothing is done when empty
 */
export async function publishChanges(
  manager: EntityManager,
  origin: string,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const notices = condense(changes);
  await manager.query(PUBLISH, [
    notices.map(({ topic }) => topic),
    notices.map(({ id }) => id),
    origin,
  ]);
}

/**
 * Reads a notice.
 * @param payload what came over the channel
 * @returns `null` when it is not one of ours
 */
export function parseNotice(payload: string): ChangeNotice | null {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { origin, topic, id, version } = value as Readonly<Record<string, unknown>>;
  if (typeof origin !== 'string' || !isChangeTopic(topic)) return null;
  if (id !== null && typeof id !== 'string') return null;
  if (typeof version !== 'string' || !/^\d{1,19}$/.test(version)) return null;
  return { origin, topic, id, version: BigInt(version) };
}

/** Tells whether a text names a topic of this version of Gatehouse. */
export function isChangeTopic(value: unknown): value is ChangeTopic {
  return CHANGE_TOPICS.some((topic) => topic === value);
}

function condense(changes: readonly Change[]): Change[] {
  const ids = new Map<ChangeTopic, Set<string | null>>();
  for (const { topic, id } of changes) {
    const known = ids.get(topic) ?? new Set();
    ids.set(topic, known.add(id !== null && id.length <= MAX_ID_LENGTH ? id : null));
  }
  return [...ids].flatMap(([topic, known]) =>
    known.size > MAX_NOTICES_PER_TOPIC || known.has(null)
      ? [{ topic, id: null }]
      : [...known].map((id) => ({ topic, id })),
  );
}
