import type { ForcedModels } from '#libs/access';
import { plainName } from './rules.js';
import { text } from './scalars.js';

const forced = (of: string) =>
  text(
    `The model that serves ${of}, in the place of any that they name. It is the one that is checked, priced and recorded.`,
    { rule: plainName },
  );

/** The keys of `general_settings` that force a model on calls. */
export const FORCED_MODEL_KEYS = {
  completion_model: forced('calls that generate text'),
  embedding_model: forced('embeddings'),
  image_generation_model: forced('generations of images'),
  moderation_model: forced('moderations'),
} as const;

/** Names of {@link FORCED_MODEL_KEYS}. */
export const FORCED_MODELS = Object.keys(
  FORCED_MODEL_KEYS,
) as readonly (keyof typeof FORCED_MODEL_KEYS)[];

/** The canonical routes of each key. A count of tokens is that of the model that would be called. */
const ROUTES: Readonly<Record<keyof typeof FORCED_MODEL_KEYS, readonly string[]>> = {
  completion_model: [
    ...['/chat/completions', '/completions', '/responses', '/responses/compact'],
    ...['/v1/messages', '/v1/messages/count_tokens'],
  ],
  embedding_model: ['/embeddings'],
  image_generation_model: ['/images/generations'],
  moderation_model: ['/moderations'],
};

/** Returns the forced model of each route that has one. */
export function forcedModelsOf(
  general: Readonly<Record<keyof typeof FORCED_MODEL_KEYS, string | null>>,
): ForcedModels {
  return Object.fromEntries(
    FORCED_MODELS.flatMap((key) => {
      const { [key]: model } = general;
      return model === null ? [] : ROUTES[key].map((route) => [route, model]);
    }),
  );
}
