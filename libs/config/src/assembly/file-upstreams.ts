import type { DeploymentSettings, FileUpstream } from '../model/settings.js';
import { PROVIDERS } from '../names/providers.js';
import { baseAddress, credential } from '../schema/rules.js';
import { settingPlace } from '../schema/setting-path.js';
import { variableOf, type Environment } from '../source/environment.js';
import { adjustmentsOf } from './cost-adjustments.js';
import { addressOf } from './deployment-address.js';
import type { Sources } from './sources.js';

/** A batch file may be large, and the upstream answers when it has all of it. */
const TIMEOUT_SECONDS = 600;
const DEFAULT_PROVIDER = 'openai';
/** Without the section the account of OpenAI that the environment names serves. */
const BASE_VARIABLES = ['OPENAI_API_BASE', 'OPENAI_BASE_URL'];
const KEY_VARIABLE = 'OPENAI_API_KEY';
const OPENAI_BASE = 'https://api.openai.com/v1';
/** An address is found by provider and model; that of files depends on the provider alone. */
const ANY_MODEL = 'files';

type FileAddress = Omit<FileUpstream, 'id' | 'adjustment' | 'timeoutSeconds'>;

/** Returns the upstreams of `files_settings`, one of each provider, else the one that the environment names. */
export function fileUpstreamsOf({ root, environment, findings }: Sources): readonly FileUpstream[] {
  const addresses =
    root.files_settings === null
      ? ofEnvironment(environment)
      : ofSection(root.files_settings, { root, environment, findings });
  const adjustmentOf = adjustmentsOf(root.litellm_settings);
  return addresses.map((address) => upstreamOf(address, adjustmentOf));
}

function ofSection(
  entries: NonNullable<Sources['root']['files_settings']>,
  { environment, findings }: Pick<Sources, 'root' | 'environment' | 'findings'>,
): readonly FileAddress[] {
  const section = settingPlace('files_settings', findings);
  const found = new Map<string, FileAddress>();
  for (const [index, entry] of entries.entries()) {
    const place = section.item(index);
    const provider = entry.custom_llm_provider;
    if (PROVIDERS.get(provider)?.wire === 'anthropic') {
      place.warn('is not used: the provider has another API of files than OpenAI’s');
    } else if (found.has(provider)) {
      place.warn('is not used: an earlier entry has the same provider');
    } else {
      const address = addressOf({ ...entry, model: ANY_MODEL }, environment, place);
      if (address !== null) found.set(provider, { ...address, organization: entry.organization });
    }
  }
  return [...found.values()];
}

/** A value that cannot be sent is left out: the prefix `/openai`, which takes the same variables, warns of it. */
function ofEnvironment(environment: Environment): readonly FileAddress[] {
  const apiKey = variableOf(environment, KEY_VARIABLE);
  if (apiKey === null || credential(apiKey) !== null) return [];
  const written = BASE_VARIABLES.map((name) => variableOf(environment, name)).find(
    (value) => value !== null && baseAddress(value) === null,
  );
  const url = new URL(written ?? OPENAI_BASE);
  if (url.pathname === '/') url.pathname = new URL(OPENAI_BASE).pathname;
  const apiBase = url.href.replace(/\/+$/, '');
  const shared = { apiVersion: null, organization: null } as const;
  return [{ provider: DEFAULT_PROVIDER, dialect: 'openai', apiBase, apiKey, ...shared }];
}

function upstreamOf(
  { provider, dialect, apiBase, apiKey, apiVersion, organization }: FileAddress,
  adjustmentOf: (provider: string) => DeploymentSettings['adjustment'],
): FileUpstream {
  return {
    ...{ id: `files:${provider}`, provider, dialect, apiBase, apiKey, apiVersion, organization },
    ...{ adjustment: adjustmentOf(provider), timeoutSeconds: TIMEOUT_SECONDS },
  };
}
