import type { TokenUsage } from '#libs/spend';
import { tokensOfBytes } from '../streaming/output-estimate.js';

/** Bytes of Base64 of a second of sound: 24,000 samples of two bytes. */
const SOUND_BYTES_PER_SECOND = 64_000;
/** https://platform.openai.com/docs/guides/realtime-costs: a token for each tenth of a second in, for each twentieth out. */
const INPUT_TOKENS_PER_SECOND = 10;
const OUTPUT_TOKENS_PER_SECOND = 20;

/** Text and sound, as bytes in the JSON of events. */
interface Amount {
  text: number;
  sound: number;
}

/** Estimates the tokens of a session, for responses whose usage the upstream does not report. */
export class SessionMeter {
  private context = 0;
  private readonly added: Amount = { text: 0, sound: 0 };

  /** Notes input that has gone upstream since the last response. */
  add(kind: keyof Amount, bytes: number): void {
    this.added[kind] += bytes;
  }

  /** Notes the usage of a response: the next one reads all of it. */
  noteContext({ inputTokens, outputTokens }: TokenUsage): void {
    this.context = inputTokens + outputTokens;
    this.added.text = 0;
    this.added.sound = 0;
  }

  /** Returns the estimate of a response. */
  usageOf(output: OutputMeter): TokenUsage {
    const { text, sound } = this.added;
    const inputAudio = tokensOfSound(sound, INPUT_TOKENS_PER_SECOND);
    const outputAudio = output.soundTokens;
    return {
      inputTokens: this.context + tokensOfBytes(text) + inputAudio,
      cachedInputTokens: 0,
      outputTokens: output.tokens,
      details: {
        ...(inputAudio === 0 ? {} : { inputAudio }),
        ...(outputAudio === 0 ? {} : { outputAudio }),
      },
    };
  }
}

/** Estimates the tokens of one response. */
export class OutputMeter {
  private readonly bytes: Amount = { text: 0, sound: 0 };

  /** Notes a piece of the output. */
  add(kind: keyof Amount, bytes: number): void {
    this.bytes[kind] += bytes;
  }

  /** All tokens until now. */
  get tokens(): number {
    return tokensOfBytes(this.bytes.text) + this.soundTokens;
  }

  /** Those of them that are sound. */
  get soundTokens(): number {
    return tokensOfSound(this.bytes.sound, OUTPUT_TOKENS_PER_SECOND);
  }
}

/** Returns how long sound is, rounded up to whole seconds. */
export function secondsOfSound(bytes: number): number {
  return Math.ceil(bytes / SOUND_BYTES_PER_SECOND);
}

function tokensOfSound(bytes: number, perSecond: number): number {
  return Math.ceil((bytes / SOUND_BYTES_PER_SECOND) * perSecond);
}
