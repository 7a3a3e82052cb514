// The official OpenAI client against Gatehouse: one plain answer, one stream, one list of models.
import process from 'node:process';

import OpenAI from 'openai';

const { GATEHOUSE = 'http://127.0.0.1:4000', MODEL = 'gpt-4o-mini', TOKEN } = process.env;
if (!TOKEN) {
  process.stderr.write('Set TOKEN to an access token of your identity provider.\n');
  process.exit(64);
}

const openai = new OpenAI({ baseURL: `${GATEHOUSE}/v1`, apiKey: TOKEN });

const models = await openai.models.list();
process.stdout.write(`models: ${models.data.map(({ id }) => id).join(', ')}\n`);

const answer = await openai.chat.completions.create({
  model: MODEL,
  messages: [{ role: 'user', content: 'What is a gatehouse?' }],
});
process.stdout.write(`plain: ${answer.choices[0]?.message.content ?? ''}\n`);

const stream = await openai.chat.completions.create({
  model: MODEL,
  stream: true,
  messages: [{ role: 'user', content: 'And as a stream?' }],
});
process.stdout.write('streamed: ');
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');
