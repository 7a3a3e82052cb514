import type { JsonObjectScan } from '#libs/common';
import { foldedName } from '../request/request-parameters.js';
import { invalidParameter } from '../request/request-values.js';

/** The names of members that the gateway evaluates. Google's servers also take the form with underscores. */
const EVALUATED = [
  'contents',
  'systemInstruction',
  'generationConfig',
  'tools',
  'cachedContent',
  'generateContentRequest',
  'serviceTier',
  'maxOutputTokens',
  'candidateCount',
] as const;

type EvaluatedName = (typeof EVALUATED)[number];

const BY_FOLDED = new Map<string, EvaluatedName>(EVALUATED.map((name) => [foldedName(name), name]));

/** Returns the name under which an object has a member: with underscores where it is written so. */
export function memberName(scan: Pick<JsonObjectScan, 'has'>, name: EvaluatedName): string {
  const other = withUnderscores(name);
  return scan.has(other) ? other : name;
}

/**
 * Refuses evaluated members that stand in an object twice or in another spelling than the two that Google knows, because the
 * upstream could read another one than the gateway.
 * @param place path of the object with a dot at its end; empty for the body
 * @throws GatehouseError `request_invalid` with the member as `param`
 */
export function requireClearNames(scan: Pick<JsonObjectScan, 'members'>, place = ''): void {
  const seen = new Set<EvaluatedName>();
  for (const written of scan.members.keys()) {
    const name = BY_FOLDED.get(foldedName(written).replaceAll('_', ''));
    if (name === undefined) continue;
    const param = `${place}${written}`;
    if (written !== name && written !== withUnderscores(name))
      throw invalidParameter(param, `"${param}" must be written as "${name}".`);
    if (seen.has(name)) throw invalidParameter(param, `"${place}${name}" stands there twice.`);
    seen.add(name);
  }
}

function withUnderscores(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
