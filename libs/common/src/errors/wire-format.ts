/** A family of request, response and error bodies: the form of OpenAI's API, of Anthropic's or of Google's. */
export type WireFormat = 'openai' | 'anthropic' | 'google';
