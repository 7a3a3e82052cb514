import type { DeploymentSettings } from '#libs/config';

/** Names of models that do something else than chat, the first that fits counts. */
const MODES: readonly (readonly [mode: string, names: RegExp])[] = [
  ['embedding', /embed|\bbge-|\be5-|\bgte-/],
  ['rerank', /rerank/],
  ['moderation', /moderation/],
  ['audio_transcription', /whisper|transcribe|scribe/],
  ['audio_speech', /\btts\b|-tts|text-to-speech/],
  ['realtime', /realtime/],
  ['image_generation', /dall-e|gpt-image|imagen|stable-diffusion|\bflux\b/],
  ['video_generation', /\bsora\b|\bveo-/],
  ['completion', /instruct$|^davinci-|^babbage-/],
];

/** Returns what a deployment does: `model_info.mode`, else by the name of its model, else `chat`. */
export function modeOf({
  description,
  upstreamModel,
  baseModel,
}: Pick<DeploymentSettings, 'description' | 'upstreamModel' | 'baseModel'>): string {
  const name = (baseModel ?? upstreamModel).toLowerCase();
  return description.mode ?? MODES.find(([, names]) => names.test(name))?.[0] ?? 'chat';
}
