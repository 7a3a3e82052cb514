import 'reflect-metadata';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startSurroundings } from './surroundings.js';
import { tellStory } from './tell-story.js';
import { JSON_TELLER, PLAIN_TELLER } from './teller.js';

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const teller = values.json ? JSON_TELLER : PLAIN_TELLER;

teller.say('Starting an OpenID provider, a demo model and the gateway on this machine …');
const around = await startSurroundings();
teller.say(`gateway            ${around.gatewayUrl}  (API at ${around.gatewayUrl}/docs)`);
teller.say(`identity provider  ${around.identityProvider.url}`);
teller.say(`demo model         ${around.upstream.url}`);

const allHeld = await tellStory(around, teller);
teller.say(allHeld ? '\nEvery step held.' : '\nNot every step held: see the ✗ above.');

if (!values.once) {
  teller.say('The gateway keeps running: paste any of the lines above. Ctrl+C ends it.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
await around.stop();
process.exitCode = allHeld ? 0 : 1;
