import { isJsonObject } from '#libs/common';

type Item = Readonly<Record<string, unknown>>;

/** Calls of tools that clients run. */
const OF_CLIENT =
  /^(?:function|custom_tool|local_shell|shell|apply_patch|computer|tool_search)_call$/;
const CALL = '_call';
/**
 * The members in which an item holds its content, by its type: the first row that fits. An item of a type that is not known
 * here holds what most have: https://platform.openai.com/docs/api-reference/responses/create.
 */
const CONTENT: readonly {
  readonly type: RegExp;
  readonly members: readonly string[];
  /** An empty value is content, too: a command may have said nothing. */
  readonly mayBeEmpty?: true;
}[] = [
  {
    type: OF_CLIENT,
    members: ['action', 'actions', 'arguments', 'input', 'operation'],
    mayBeEmpty: true,
  },
  // What a tool of the upstream has found is in its result alone: a search is more than its query.
  { type: /_call$/, members: ['error', 'output', 'outputs', 'result', 'results'] },
  { type: /^apply_patch_call_output$/, members: ['output', 'status'], mayBeEmpty: true },
  { type: /_output$/, members: ['output', 'tools'], mayBeEmpty: true },
  { type: /^message$/, members: ['content'] },
  { type: /^reasoning$/, members: ['content', 'encrypted_content'] },
  {
    type: /^(?!item_reference$)/,
    members: ['approve', 'arguments', 'content', 'encrypted_content', 'tools'],
  },
];

/**
 * Returns the ids that the input of a response names without the content: of references, of items that hold nothing else, and of
 * requests that it approves.
 */
export function idsOfInput(input: readonly unknown[]): unknown[] {
  const items = input.filter(isJsonObject);
  const whole = new Set(items.filter(holdsContent).map(({ id }) => id));
  return items.flatMap((item) => {
    const { id, approval_request_id: approved } = item;
    const isNamed = isReference(item) || (typeof id === 'string' && !holdsContent(item));
    const isElsewhere = typeof approved === 'string' && !whole.has(approved);
    return [...(isNamed ? [id] : []), ...(isElsewhere ? [approved] : [])];
  });
}

/** The type of a reference may be left out: https://platform.openai.com/docs/api-reference/responses/create. */
function isReference(item: Item): boolean {
  const { type = null, role = null } = item;
  return type === 'item_reference' || (type === null && role === null && 'id' in item);
}

function holdsContent(item: Item): boolean {
  const type = typeof item['type'] === 'string' ? item['type'] : 'message';
  const held = CONTENT.find((one) => one.type.test(type));
  return held?.members.some((name) => isGiven(item[name], held.mayBeEmpty === true)) ?? false;
}

function isGiven(value: unknown, mayBeEmpty: boolean): boolean {
  if (value === undefined || value === null) return false;
  if (mayBeEmpty) return true;
  if (typeof value !== 'object') return value !== '';
  return Object.keys(value).length > 0;
}

/**
 * Tells whether a later input may name an item by its id alone: calls of tools of the upstream, and what has no content of its
 * own.
 * @param isDone whether the item is whole
 */
export function mayBeNamed(item: Item, isDone: boolean): boolean {
  const { type } = item;
  const isHosted = typeof type === 'string' && type.endsWith(CALL) && !OF_CLIENT.test(type);
  return isHosted || (isDone && !holdsContent(item));
}
