// A small model that speaks OpenAI's chat format, plain and streamed, so that `docker compose up` needs no account
// anywhere. It thinks nothing: it repeats the question and counts one token a word.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const PORT = Number(process.env.PORT ?? 8000);
const HOST = process.env.HOST ?? '0.0.0.0';

const wordsOf = (text) =>
  String(text ?? '')
    .split(/\s+/)
    .filter(Boolean);

function plain(response, chat, words, usage) {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      id: 'chatcmpl-demo',
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: chat.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: words.join(' ') },
          finish_reason: 'stop',
        },
      ],
      usage,
    }),
  );
}

function stream(response, chat, words, usage) {
  response.setHeader('content-type', 'text/event-stream');
  const send = (part) =>
    response.write(
      `data: ${JSON.stringify({ id: 'chatcmpl-demo', object: 'chat.completion.chunk', created: Math.floor(Date.now() / 1000), model: chat.model, ...part })}\n\n`,
    );
  for (const word of words) {
    send({ choices: [{ index: 0, delta: { content: `${word} ` }, finish_reason: null }] });
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
  if (chat.stream_options?.include_usage === true) send({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

const server = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.end('ready');
    return;
  }
  try {
    const chat = await json(request);
    const question = chat.messages.at(-1)?.content;
    const words = wordsOf(`You asked: ${question} A real model would answer here.`);
    const prompt_tokens = wordsOf(chat.messages.map(({ content }) => content).join(' ')).length;
    const completion_tokens = words.length;
    const usage = {
      prompt_tokens,
      completion_tokens,
      total_tokens: prompt_tokens + completion_tokens,
    };
    if (chat.stream === true) stream(response, chat, words, usage);
    else plain(response, chat, words, usage);
  } catch {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: { message: 'The body is not a chat completion.' } }));
  }
});
server.listen(PORT, HOST, () => {
  process.stdout.write(`demo model: listening on port ${String(server.address().port)}\n`);
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
