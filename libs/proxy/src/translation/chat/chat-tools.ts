import type {
  JSONSchema7,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider';
import { given, type BodyMember } from '../body-member.js';
import type { Decoding } from '../decoding.js';
import { mergedOptions } from '../provider-form.js';

/** Parameters that say which tools there are, and which the model shall call. */
export const TOOL_PARAMETERS = [
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
] as const;

type ToolOptions = Pick<LanguageModelV4CallOptions, 'tools' | 'toolChoice' | 'providerOptions'>;

const NO_PARAMETERS: JSONSchema7 = { type: 'object', properties: {} };
const MODES = ['auto', 'none', 'required'] as const;

/** Returns the tools of a chat; legacy functions are tools as well. */
export function toolOptions(body: BodyMember, decoding: Decoding): ToolOptions {
  const listed = listedTools(body, decoding);
  const member = body.at('tool_choice').isGiven ? body.at('tool_choice') : body.at('function_call');
  const { tools, toolChoice } = chosenTools(member, listed);
  if (tools.length === 0) return {};
  return { tools: [...tools], ...given({ toolChoice }), ...parallelCalls(body, decoding) };
}

function listedTools(body: BodyMember, decoding: Decoding): LanguageModelV4FunctionTool[] {
  const tools = body.at('tools').optional((member) => member.items()) ?? [];
  const functions = body.at('functions').optional((member) => member.items()) ?? [];
  return [
    ...tools.flatMap((tool) => {
      const type = tool.at('type');
      if (type.text() === 'function') return [functionTool(tool.at('function'), tool, decoding)];
      decoding.cannotTell(type);
      return [];
    }),
    ...functions.map((one) => functionTool(one, one, decoding)),
  ];
}

function functionTool(
  described: BodyMember,
  tool: BodyMember,
  decoding: Decoding,
): LanguageModelV4FunctionTool {
  const owner = described.at('cache_control').isGiven ? described : tool;
  return {
    type: 'function',
    name: described.at('name').filledText(),
    inputSchema: described.at('parameters').optional((one) => one.object()) ?? NO_PARAMETERS,
    ...given({
      description: described.at('description').optional((one) => one.text()),
      strict: described.at('strict').optional((one) => one.boolean()),
    }),
    ...decoding.cacheIn(owner),
  };
}

interface ChosenTools {
  readonly tools: readonly LanguageModelV4FunctionTool[];
  readonly toolChoice?: LanguageModelV4ToolChoice;
}

function chosenTools(
  choice: BodyMember,
  tools: readonly LanguageModelV4FunctionTool[],
): ChosenTools {
  if (!choice.isGiven) return { tools };
  if (typeof choice.value === 'string') {
    const type = choice.oneOf(MODES);
    if (type === 'required') requireTools(choice, tools);
    return { tools, toolChoice: { type } };
  }
  choice.object();
  // The legacy syntax names the function without a type.
  const type = choice.at('type').optional((one) => one.oneOf(['function', 'allowed_tools']));
  if (type === 'allowed_tools') return allowedTools(choice.at('allowed_tools'), tools);
  const name = (type === undefined ? choice : choice.at('function')).at('name');
  return { tools, toolChoice: { type: 'tool', toolName: listedName(name, tools) } };
}

/** The others stay unknown to the model, so that it cannot call them. */
function allowedTools(
  allowed: BodyMember,
  tools: readonly LanguageModelV4FunctionTool[],
): ChosenTools {
  const type = allowed.at('mode').oneOf(['auto', 'required']);
  const names = new Set(
    allowed
      .at('tools')
      .items()
      .map((tool) => listedName(tool.at('function').at('name'), tools)),
  );
  const usable = tools.filter(({ name }) => names.has(name));
  requireTools(allowed.at('tools'), usable);
  return { tools: usable, toolChoice: { type } };
}

function listedName(name: BodyMember, tools: readonly LanguageModelV4FunctionTool[]): string {
  const listed = tools.find((tool) => tool.name === name.text());
  if (listed === undefined) throw name.fault('must be the name of a tool of the request');
  return listed.name;
}

function requireTools(member: BodyMember, tools: readonly LanguageModelV4FunctionTool[]): void {
  if (tools.length === 0) throw member.fault('needs at least one tool');
}

/** Parallel calls are allowed unless the request says otherwise. */
function parallelCalls(body: BodyMember, decoding: Decoding): Pick<ToolOptions, 'providerOptions'> {
  const parallel = body.at('parallel_tool_calls');
  if (parallel.optional((one) => one.boolean()) ?? true) return {};
  const { oneToolCall } = decoding.form;
  if (oneToolCall !== undefined) return { providerOptions: mergedOptions(oneToolCall) };
  decoding.cannotTell(parallel);
  return {};
}
