import { ApiProperty } from '@nestjs/swagger';
import type { DetailUnit, UsageDetails } from '../costs/token-usage.js';

/** Parts of the input tokens. */
class InputDetailsResponse {
  @ApiProperty({ type: Number, description: 'Read from a cache.' })
  cached_tokens!: number;

  @ApiProperty({ type: Number, description: 'Written to a cache.' })
  cache_creation_tokens!: number;

  @ApiProperty({ type: Number })
  audio_tokens!: number;

  @ApiProperty({ type: Number })
  image_tokens!: number;
}

/** Parts of the output tokens. */
class OutputDetailsResponse {
  @ApiProperty({ type: Number })
  reasoning_tokens!: number;

  @ApiProperty({ type: Number })
  audio_tokens!: number;

  @ApiProperty({ type: Number })
  image_tokens!: number;
}

/** A usage with LiteLLM's names. */
export class UsageObjectResponse {
  @ApiProperty({ type: Number })
  prompt_tokens!: number;

  @ApiProperty({ type: Number })
  completion_tokens!: number;

  @ApiProperty({ type: Number })
  total_tokens!: number;

  @ApiProperty({ type: Number })
  cache_read_input_tokens!: number;

  @ApiProperty({ type: Number })
  cache_creation_input_tokens!: number;

  @ApiProperty({ type: InputDetailsResponse })
  prompt_tokens_details!: InputDetailsResponse;

  @ApiProperty({ type: OutputDetailsResponse })
  completion_tokens_details!: OutputDetailsResponse;
}

/** The usage of a request as the report reads it. */
interface UsageRow {
  readonly inputTokens: string;
  readonly cachedInputTokens: string;
  readonly outputTokens: string;
  /** Of each attempt that has them. */
  readonly usageDetails: readonly UsageDetails[] | null;
}

/** The usage of all attempts of a request. */
export function toUsageObject(row: UsageRow): UsageObjectResponse {
  const { usageDetails } = row;
  const count = (...units: DetailUnit[]): number =>
    (usageDetails ?? []).reduce(
      (sum, details) => sum + units.reduce((part, unit) => part + (details[unit] ?? 0), 0),
      0,
    );
  const input = Number(row.inputTokens);
  const output = Number(row.outputTokens);
  const cached = Number(row.cachedInputTokens);
  const written = count('cacheWrite', 'cacheWriteHour');
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_creation_tokens: written,
      audio_tokens: count('inputAudio', 'cachedAudio'),
      image_tokens: count('inputImage', 'cachedImage'),
    },
    completion_tokens_details: {
      reasoning_tokens: count('reasoning'),
      audio_tokens: count('outputAudio'),
      image_tokens: count('outputImage'),
    },
  };
}
