import { findProvider } from '@pydantic/genai-prices';
import { LIST_PROVIDERS, LIST_UNITS } from './list-prices.js';

/** Members that nothing reads, and the reason why no relayed call is billed by them. */
const UNREAD: Readonly<Record<string, string>> = {
  audio_hours: 'voice sessions and transcriptions, which are not relayed',
  input_annotated_document_kpages: 'OCR, which is not relayed',
  input_audio_hours: 'transcriptions, which are not relayed',
  input_document_kpages: 'OCR, which is not relayed',
  input_text_messages_kcount: 'voice sessions, which are not relayed',
  storage_searches_kcount: 'searches in files by the Responses API, which is not relayed',
};

/** The models that have a member, of the providers whose list prices count. */
function modelsByMember(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const providerId of LIST_PROVIDERS.values()) {
    for (const { id, prices } of findProvider({ providerId })?.models ?? []) {
      const members = [prices].flat().flatMap((price) => {
        // Prices that hold from a day on, or at some hours, are below `prices`.
        return Object.keys(typeof price.prices === 'object' ? price.prices : price);
      });
      for (const member of new Set(members))
        found.set(member, [...(found.get(member) ?? []), `${providerId}/${id}`]);
    }
  }
  return found;
}

describe('the members of the price list', () => {
  it('are all read, but those that no relayed call is billed by', () => {
    const read = new Set(LIST_UNITS.map(([name]) => name));
    const unread = [...modelsByMember()].filter(([name]) => !read.has(name));
    const isNew = ([name]: readonly [string, unknown]): boolean => !(name in UNREAD);
    expect(Object.fromEntries(unread.filter(isNew))).toEqual({});
    expect(unread.map(([name]) => name).sort()).toEqual(Object.keys(UNREAD));
  });
});
