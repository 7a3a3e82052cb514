import { ApiProperty } from '@nestjs/swagger';
import type { ListedModel } from './listed-model.js';

/** Modes of models that a coding agent can talk to. */
const CHAT_MODES: ReadonlySet<string> = new Set(['chat', 'responses']);
/** Codex takes the instructions of a listed model from the list, and would work without any. */
const INSTRUCTIONS =
  'You are a coding agent. You work in the repository of the user with the tools that you are given. Do what the user asks, verify your changes, and report plainly what you did.';
const EFFORTS = ['low', 'medium', 'high'] as const;
const TRUNCATION_TOKENS = 10_000;
const USABLE_PERCENT = 95;

/**
 * One model in the form of Codex's catalogue (`ModelInfo` in `codex-rs/protocol/src/openai_models.rs`). Codex drops the whole
 * list where a member is missing that one of its versions requires, so members of older versions are there too.
 */
export class CodexModelResponse {
  /** The name that a request puts into `model`. */
  @ApiProperty()
  readonly slug: string;

  @ApiProperty()
  readonly display_name: string;

  @ApiProperty({ type: String, nullable: true })
  readonly description = null;

  @ApiProperty({ type: String, nullable: true })
  readonly default_reasoning_level: string | null;

  @ApiProperty({ type: [Object] })
  readonly supported_reasoning_levels: readonly { effort: string; description: string }[];

  @ApiProperty()
  readonly shell_type = 'shell_command';

  /** `hide` for models that do not chat. */
  @ApiProperty({ enum: ['list', 'hide'] })
  readonly visibility: 'list' | 'hide';

  @ApiProperty()
  readonly supported_in_api = true;

  /** Place in the list. */
  @ApiProperty()
  readonly priority: number;

  @ApiProperty({ type: Object, nullable: true })
  readonly availability_nux = null;

  @ApiProperty({ type: Object, nullable: true })
  readonly upgrade = null;

  @ApiProperty()
  readonly base_instructions = INSTRUCTIONS;

  @ApiProperty()
  readonly include_skills_usage_instructions = true;

  @ApiProperty()
  readonly supports_reasoning_summaries: boolean;

  @ApiProperty()
  readonly supports_reasoning_summary_parameter: boolean;

  @ApiProperty({ enum: ['auto', 'none'] })
  readonly default_reasoning_summary: 'auto' | 'none';

  @ApiProperty()
  readonly support_verbosity = false;

  @ApiProperty({ type: String, nullable: true })
  readonly default_verbosity = null;

  @ApiProperty({ type: String, nullable: true })
  readonly apply_patch_tool_type = null;

  @ApiProperty({ type: Object })
  readonly truncation_policy = { mode: 'tokens', limit: TRUNCATION_TOKENS };

  @ApiProperty()
  readonly supports_parallel_tool_calls = false;

  @ApiProperty({ type: Number, required: false })
  readonly context_window?: number;

  @ApiProperty()
  readonly effective_context_window_percent = USABLE_PERCENT;

  @ApiProperty({ type: [String] })
  readonly experimental_supported_tools: readonly string[] = [];

  @ApiProperty({ type: [String] })
  readonly input_modalities: readonly string[];

  /** @param priority place in the list, from 0 */
  constructor(model: ListedModel, priority: number) {
    const { name, reasons, maxInputTokens, mayReadImages, mode } = model;
    this.slug = name;
    this.display_name = name;
    this.default_reasoning_level = reasons ? 'medium' : null;
    this.supported_reasoning_levels = reasons
      ? EFFORTS.map((effort) => ({ effort, description: effort }))
      : [];
    this.visibility = CHAT_MODES.has(mode) ? 'list' : 'hide';
    this.priority = priority;
    this.supports_reasoning_summaries = reasons;
    this.supports_reasoning_summary_parameter = reasons;
    this.default_reasoning_summary = reasons ? 'auto' : 'none';
    if (maxInputTokens !== null) this.context_window = maxInputTokens;
    this.input_modalities = mayReadImages ? ['text', 'image'] : ['text'];
  }
}

/** The models that a caller may use, in the form of Codex's catalogue. */
export class CodexModelListResponse {
  @ApiProperty({ type: [CodexModelResponse] })
  readonly models: readonly CodexModelResponse[];

  constructor(models: readonly ListedModel[]) {
    this.models = models.map((model, index) => new CodexModelResponse(model, index));
  }
}
