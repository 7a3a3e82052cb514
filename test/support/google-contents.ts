/** 100 tokens of the prompt (20 of them sound, 40 cached), 6 of a tool, 30 that are seen and 20 of thoughts. */
export const GOOGLE_USAGE = {
  promptTokenCount: 100,
  candidatesTokenCount: 30,
  totalTokenCount: 156,
  cachedContentTokenCount: 40,
  toolUsePromptTokenCount: 6,
  thoughtsTokenCount: 20,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 80 },
    { modality: 'AUDIO', tokenCount: 20 },
  ],
  cacheTokensDetails: [{ modality: 'TEXT', tokenCount: 40 }],
  candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: 30 }],
};

const ID = { modelVersion: 'gemini-real', responseId: 'resp-1' };
const candidate = (parts: readonly object[], ending: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, ...ending, index: 0 }],
});

/** A buffered response. */
export const GOOGLE_RESPONSE = {
  ...candidate([{ text: 'Hello there, "friend".' }], { finishReason: 'STOP' }),
  usageMetadata: GOOGLE_USAGE,
  ...ID,
};

/** A buffered response that calls a function. */
export const GOOGLE_CALL_RESPONSE = {
  ...candidate([{ functionCall: { name: 'weather', args: { city: 'Bern' } } }], {
    finishReason: 'STOP',
  }),
  usageMetadata: GOOGLE_USAGE,
  ...ID,
};

const interim = { promptTokenCount: 100, totalTokenCount: 100 };

/** The elements of a stream with the usage of {@link GOOGLE_USAGE}. */
export const GOOGLE_CHUNKS: readonly object[] = [
  { ...candidate([{ text: 'Hmm.', thought: true }]), usageMetadata: interim, ...ID },
  { ...candidate([{ text: 'Hello there' }]), usageMetadata: interim, ...ID },
  {
    ...candidate([{ text: ', "friend".' }], { finishReason: 'STOP' }),
    usageMetadata: GOOGLE_USAGE,
    ...ID,
  },
];

/** An error in Google's form, without its envelope. */
export function googleError(code: number, status: string, message: string) {
  return { code, message, status };
}
