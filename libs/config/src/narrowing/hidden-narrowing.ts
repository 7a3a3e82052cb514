import type { ConfigPath } from '../diagnostics/config-diagnostics.js';
import type { ConfigNode } from '../source/config-node.js';
import { misplacedProblem, type NarrowingProblem } from './narrowing.js';

/** A key that narrows access somewhere below a key whose value is not read. */
export interface HiddenNarrowing {
  readonly place: ConfigPath;
  readonly problem: NarrowingProblem;
}

/** Names that other software uses for other things: cloud credentials have an `audience`, MCP servers have `access_groups`. */
const COMMON_NAMES = [
  'team_id',
  'access_groups',
  'issuer',
  'audience',
  'public_key_url',
  'callbacks',
];
/** Names that mean something else below a key of LiteLLM and in free-form data. */
const SECTION_NAMES = ['gatehouse', 'policies', 'issuers', 'guardrails'];
/** Names of mappings whose members belong to the operator or to the upstream. */
const FREE_FORM = /(^|_)(metadata|headers|body|labels|annotations|credentials|info|notes)$/;

/** Routes that make the accounts which LiteLLM and Gatehouse read from the database alone. */
const ACCOUNT_ROUTES: ReadonlyMap<string, string> = new Map([
  ['teams', '/team/new'],
  ['users', '/user/new'],
  ['organizations', '/organization/new'],
  ['organisations', '/organization/new'],
  ['keys', '/key/generate'],
]);
const ACCOUNT_LIMITS = ['models', 'allowed_routes', 'blocked', 'guardrails', 'object_permission'];

/**
 * Returns every key that narrows access below a key that is ignored. A value that an alias (`*name`) repeats is left out:
 * it is evaluated where it is repeated.
 * @param key name of the ignored key
 * @param isFreeForm whether the members have a meaning of their own, as those of a known key do
 */
export function hiddenNarrowing(
  key: string,
  node: ConfigNode,
  place: ConfigPath,
  isFreeForm: boolean,
): readonly HiddenNarrowing[] {
  if (node.isShared === true) return [];
  const isFree = isFreeForm || FREE_FORM.test(key);
  const problem = isFree ? null : accountsProblem(key, node);
  if (problem !== null) return [{ place, problem }];
  return below(node, place, isFree);
}

function below(node: ConfigNode, place: ConfigPath, isFree: boolean): readonly HiddenNarrowing[] {
  if (node.isShared === true) return [];
  if (node.kind === 'list')
    return node.items.flatMap((item, index) => below(item, place.item(index), isFree));
  if (node.kind !== 'map') return [];
  return [...node.entries].flatMap(([key, member]) => memberBelow(key, member, place, isFree));
}

function memberBelow(
  key: string,
  member: ConfigNode,
  parent: ConfigPath,
  isFree: boolean,
): readonly HiddenNarrowing[] {
  const place = parent.at(key);
  const isOther = COMMON_NAMES.includes(key) || (isFree && SECTION_NAMES.includes(key));
  const problem = isOther || member.isShared === true ? null : misplacedProblem(key, member);
  return problem === null ? hiddenNarrowing(key, member, place, isFree) : [{ place, problem }];
}

/** Accounts in the file would be ignored, and with them the models that they are limited to. */
function accountsProblem(key: string, node: ConfigNode): NarrowingProblem | null {
  const route = ACCOUNT_ROUTES.get(key);
  if (route === undefined) return null;
  const accounts =
    node.kind === 'list' ? node.items : node.kind === 'map' ? [...node.entries.values()] : [];
  const isLimited = accounts.some(
    (account) =>
      account.kind === 'map' && ACCOUNT_LIMITS.some((limit) => account.entries.has(limit)),
  );
  if (!isLimited) return null;
  return {
    message: 'narrows access and is not read from the file',
    remedy: `Create each entry with POST ${route}, and remove it.`,
  };
}
