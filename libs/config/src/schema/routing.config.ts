import { LIBRARY_KEYS, ROUTER_KEYS, ROUTING_STRATEGIES } from '../names/litellm-names.js';
import { LIBRARY_IGNORED, ROUTER_IGNORED } from '../names/litellm-ignored-names.js';
import { timeoutField } from './model-list.config.js';
import { choice, flag, whole, text } from './scalars.js';
import { section } from './section.js';

const RETRY_DIFFERENCE =
  'A call is repeated only where no byte can have reached the first upstream, or it asked for that.';

const retries = (summary: string) => whole(summary, { min: 0, max: 10, differs: RETRY_DIFFERENCE });

/** `litellm_settings`. */
export const LIBRARY_SECTION = section({
  summary: 'Behaviour that LiteLLM shares among all of its parts.',
  names: LIBRARY_KEYS,
  fields: {
    isVerbose: flag(
      'Sets the log level to debug where LOG_LEVEL is not set: what each guard concluded is logged.',
      {
        default: false,
        differs: 'No token, key, claim or prompt is logged at any level.',
      },
    ),
    isJsonLog: flag('Writes JSON lines on a terminal too, where LOG_FORMAT is not set.', {
      default: false,
      differs: 'Wherever standard output is not a terminal the log is JSON in any case.',
    }),
    numRetries: retries('Further deployments to try; router_settings.num_retries wins.'),
    timeoutSeconds: timeoutField(
      'Seconds for a whole call that is not a stream; router_settings.timeout wins.',
    ),
    sslVerify: text(
      'PEM file of the certificate authorities that are trusted, relative to this file. true or left out: those of Node.js, and NODE_EXTRA_CA_CERTS.',
      { mayBeBoolean: true, differs: 'false does not switch verification off.' },
    ),
  },
  unknownKeys: 'warn',
  ignored: LIBRARY_IGNORED,
});

/** `router_settings`. */
export const ROUTER_SECTION = section({
  summary: 'How a deployment is chosen and called.',
  names: ROUTER_KEYS,
  fields: {
    numRetries: retries('Further deployments to try. Left out: 2.'),
    timeoutSeconds: timeoutField('Seconds for a whole call that is not a stream. Left out: 600.'),
    streamTimeoutSeconds: timeoutField(
      'Seconds until the first byte of a stream, and between its bytes. Left out: as timeout.',
    ),
    strategy: choice('How a deployment is chosen.', ROUTING_STRATEGIES, {
      default: ROUTING_STRATEGIES[0],
      differs: 'Every strategy is the weighted choice of simple-shuffle for now.',
    }),
  },
  unknownKeys: 'warn',
  ignored: ROUTER_IGNORED,
});
