import type { IssuerPreset, IssuerSettings } from '#libs/config';

/** The problem with an audience, and its remedy. */
export interface AudienceProblem {
  /** Without any value out of the token. */
  readonly problem: string;
  readonly remedy: string;
}

type Entry = Pick<IssuerSettings, 'audience' | 'preset'>;

/**
 * Every token of a Keycloak realm can have this audience, so accepting it accepts the tokens of
 * every client.
 */
const EVERYBODYS = 'account';
/** Before the id of an application in version 1.0 tokens of Entra ID, missing in version 2.0. */
const APPLICATION_SCHEME = 'api://';

/** How tokens of a vendor get the audience that is asked for. */
const VENDOR_REMEDIES: Readonly<Partial<Record<IssuerPreset, (key: string) => string>>> = {
  keycloak: (key) =>
    `add an audience mapper for an audience of \`${key}\` to a client scope of the client; never accept \`account\`, which tokens of every client of the realm have`,
  entra: (key) =>
    `ask for a scope of the application that \`${key}\` names, for example \`api://APPLICATION/.default\``,
  okta: (key) => `use the authorization server whose audience is one of \`${key}\``,
  auth0: (key) => `send an audience of \`${key}\` as \`audience\` in the token request`,
  'github-actions': (key) => `ask for the token with an audience of \`${key}\``,
  gitlab: (key) => `write an audience of \`${key}\` as \`aud\` into \`id_tokens\` of the job`,
  kubernetes: (key) =>
    `project the service account's token with an audience of \`${key}\` (\`serviceAccountToken.audience\`)`,
  spiffe: (key) => `ask the workload API for a token with an audience of \`${key}\``,
};

const forAnyVendor = (key: string): string =>
  `have the provider put an audience of \`${key}\` into the access token: in Keycloak by an audience mapper (never accept \`account\`, which tokens of every client have), elsewhere by the audience, resource or scope of the token request`;

/**
 * Returns what is wrong with an audience that an entry does not accept, and how tokens get the right one. The remedy is
 * never to accept the audience that the token happens to have: it can be that of every other client.
 * @param entry the entry whose audience rule refused it
 * @param configKey path of that rule
 */
export function audienceProblem(aud: unknown, entry: Entry, configKey: string): AudienceProblem {
  const ofVendor = entry.preset === null ? undefined : VENDOR_REMEDIES[entry.preset];
  const remedy = (ofVendor ?? forAnyVendor)(configKey);
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.every((one) => one === undefined || one === null || one === '')) {
    return { problem: 'the token has no audience', remedy };
  }
  if (!audiences.every((one) => typeof one === 'string')) {
    const problem = 'the audience of the token is neither a string nor a list of strings';
    return { problem, remedy };
  }
  const difference = nearDifference(audiences, entry.audience?.values ?? []);
  if (difference === null) {
    return { problem: 'the audience of the token is not the configured one', remedy };
  }
  return {
    problem: `the audience of the token differs from a configured one only in ${difference}`,
    remedy: `write the audience into \`${configKey}\` letter for letter as the token has it`,
  };
}

function nearDifference(audiences: readonly string[], values: readonly string[]): string | null {
  for (const audience of audiences) {
    if (audience.toLowerCase() === EVERYBODYS) continue;
    const found = values.map((value) => differenceOf(value, audience)).find((one) => one !== null);
    if (found !== undefined) return found;
  }
  return null;
}

function differenceOf(value: string, audience: string): string | null {
  if (value.toLowerCase() === audience.toLowerCase()) return 'letter case';
  if (`${value}/` === audience || value === `${audience}/`) return 'the slash at the end';
  const [longer, shorter] = value.length > audience.length ? [value, audience] : [audience, value];
  return longer === `${APPLICATION_SCHEME}${shorter}` ? 'the prefix `api://`' : null;
}
