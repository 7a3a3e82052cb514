import type { LanguageModelV4Citation, LanguageModelV4Source } from '@ai-sdk/provider';

/** A source of the text: https://platform.openai.com/docs/api-reference/chat/object. */
export interface UrlCitation {
  readonly type: 'url_citation';
  readonly url_citation: {
    readonly url: string;
    readonly title: string;
    /** Characters of the whole content; both 0 where the provider does not tell which text the source is of. */
    readonly start_index: number;
    readonly end_index: number;
  };
}

/** Text of a response, and where it stands in the whole content. */
interface CitingText {
  readonly start: number;
  readonly length: number;
}

const NO_TEXT: CitingText = { start: 0, length: 0 };

/** Collects the web pages that a response is from. Documents of the request have no form in a completion. */
export class CompletionCitations {
  private readonly cited: UrlCitation[] = [];
  private readonly sources = new Map<string, UrlCitation>();

  /** Notes a page that the model has found, whether or not it cites it. */
  addSource(source: LanguageModelV4Source): void {
    const citation = citationOf({ source }, NO_TEXT);
    if (citation === null) return;
    const { url } = citation.url_citation;
    if (!this.sources.has(url)) this.sources.set(url, citation);
  }

  /** Notes what a text cites; without a place it is the whole text. */
  addText(citations: readonly LanguageModelV4Citation[], text: CitingText): void {
    for (const each of citations) {
      const citation = citationOf(each, text);
      if (citation !== null) this.cited.push(citation);
    }
  }

  /** Returns what texts cite, then the pages that no text cites. */
  list(): UrlCitation[] {
    const urls = new Set(this.cited.map(({ url_citation: { url } }) => url));
    const others = [...this.sources].filter(([url]) => !urls.has(url));
    return [...this.cited, ...others.map(([, citation]) => citation)];
  }
}

function citationOf(
  { source, startIndex, endIndex }: LanguageModelV4Citation,
  { start, length }: CitingText,
): UrlCitation | null {
  if (source.sourceType !== 'url') return null;
  return {
    type: 'url_citation',
    url_citation: {
      url: source.url,
      title: source.title ?? source.url,
      start_index: start + (startIndex ?? 0),
      end_index: start + (endIndex ?? length),
    },
  };
}
