import type { NetworkSettings } from '../settings.js';
import type { Overrides } from './overrides.js';

/**
 * How other servers are reached. Of the two spellings of a variable the lower-case one wins, as it does in curl,
 * Python and Node.js.
 * @param overrides settings of the environment
 */
export function networkSettingsOf(overrides: Overrides): NetworkSettings {
  return {
    httpProxy: overrides.variable('http_proxy') ?? overrides.variable('HTTP_PROXY'),
    httpsProxy: overrides.variable('https_proxy') ?? overrides.variable('HTTPS_PROXY'),
    noProxy: entriesOf(overrides.variable('no_proxy') ?? overrides.variable('NO_PROXY')),
  };
}

function entriesOf(list: string | null): string[] {
  return (list ?? '').split(/[,\s]+/).filter((entry) => entry !== '');
}
