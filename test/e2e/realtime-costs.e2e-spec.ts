import { eventually } from '#support/eventually';
import { TRANSCRIPTION, USAGE } from '#support/fake-realtime';
import { setLimits } from '#support/limits';
import type { RealtimeClient } from '#support/realtime-client';
import { RealtimeHarness, RESPONSE_COST } from '#support/realtime-harness';

describe('the cost of sessions of the Realtime API', () => {
  let harness: RealtimeHarness;

  beforeAll(async () => {
    harness = await RealtimeHarness.start();
  });

  afterAll(async () => {
    await harness.stop();
  });

  it('relays messages unchanged and in order in both directions, and books each response exactly', async () => {
    const { token, userId } = await harness.caller();
    const { client, record } = await harness.connect(token);
    const odd =
      '{"type":"conversation.item.create",  "item":{"type":"message","role":"user","n":1.0}}';
    client.socket.send(odd);
    client.send({ type: 'response.create' });
    const done = await client.next('response.done');
    expect(done['response']).toMatchObject({ id: 'resp_1', usage: USAGE });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(record.frames[0]).toBe(odd);
    expect(record.frames.map((one) => (JSON.parse(one) as { type: string }).type)).toEqual([
      'conversation.item.create',
      'response.create',
      'response.create',
    ]);
    client.socket.close(3_001, 'bye');
    expect(await harness.closing(record)).toEqual({ code: 3_001, reason: '' });
    const booked = await harness.entries(userId);
    expect(booked).toMatchObject([
      {
        attempt: 1,
        state: 'settled',
        cost_usd: RESPONSE_COST,
        input_tokens: 30,
        output_tokens: 12,
      },
      {
        attempt: 2,
        state: 'settled',
        cost_usd: RESPONSE_COST,
        input_tokens: 30,
        output_tokens: 12,
      },
    ]);
    expect(await harness.differences()).toEqual([]);
  });

  it('does not forward a response that the budget cannot bear, and says so in an error event', async () => {
    // A response may cost 0.013.
    const { token, userId } = await harness.caller({ max_budget: 0.0133 });
    const { client, record } = await harness.connect(token);
    client.send({
      type: 'session.update',
      session: { turn_detection: null, audio: { input: { turn_detection: null } } },
    });
    await client.next('session.updated');
    client.send({ type: 'response.create' });
    await client.next('response.done');
    client.send({ type: 'response.create', event_id: 'mine' });
    const { error } = await client.next('error');
    expect(error).toMatchObject({
      type: 'budget_exceeded',
      reason: 'budget_exceeded',
      event_id: 'mine',
    });
    expect(record.frames.filter((one) => one.includes('response.create'))).toHaveLength(1);
    expect(client.closed).toBeNull();
    client.socket.close();
    await client.end();
    expect(await harness.entries(userId)).toHaveLength(1);
  });

  it('ends a session whose upstream would answer speech that the budget cannot bear', async () => {
    const { token, userId } = await harness.caller({ max_budget: 0.0133 });
    const { client, record } = await harness.connect(token);
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('response.done');
    client.send({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    expect((await client.next('error')).error).toMatchObject({ reason: 'budget_exceeded' });
    expect(await client.end()).toEqual({ code: 1_008, reason: 'budget_exceeded' });
    await harness.closing(record);
    expect(record.frames.filter((one) => one.includes('append'))).toHaveLength(1);
    expect(await harness.entries(userId)).toMatchObject([
      { state: 'settled', cost_usd: RESPONSE_COST },
    ]);
    expect(await harness.differences()).toEqual([]);
  });

  it('checks the model of a session and of its transcriptions, and books these by their own prices', async () => {
    const { token, userId } = await harness.caller({ models: ['voice', 'scribe'] });
    const { client, record } = await harness.connect(token);
    const update = (session: object) => {
      client.send({ type: 'session.update', event_id: 'u', session });
    };
    update({ model: 'other' });
    expect((await client.next('error')).error).toMatchObject({
      param: 'session.model',
      event_id: 'u',
    });
    update({ audio: { input: { transcription: { model: 'whisper-1' } } } });
    expect((await client.next('error')).error).toMatchObject({ reason: 'model_not_allowed' });
    expect(record.frames).toEqual([]);
    update({ audio: { input: { transcription: { model: 'scribe' } } } });
    await client.next('session.updated');
    client.send({ type: 'fake.transcribe' });
    await client.next('conversation.item.input_audio_transcription.completed');
    client.socket.close();
    await client.end();
    await harness.closing(record);
    expect(await harness.entries(userId)).toMatchObject([
      { state: 'settled', cost_usd: '0.000110000000', model: 'upstream-scribe', input_tokens: 10 },
    ]);
  });

  const transcribing = (prompt?: string) => ({
    type: 'session.update',
    session: {
      audio: {
        input: {
          turn_detection: null,
          transcription: { model: 'scribe', ...(prompt === undefined ? {} : { prompt }) },
        },
      },
    },
  });
  const speak = (client: RealtimeClient): void => {
    client.send({ type: 'input_audio_buffer.append', audio: 'A'.repeat(60_000) });
    client.send({ type: 'input_audio_buffer.commit' });
  };

  it('holds the cost of a transcription before its sound goes upstream', async () => {
    // A response may cost 0.013, and a transcription 0.007.
    const { token, userId } = await harness.caller({ max_budget: 0.0201 });
    const { client, record } = await harness.connect(token);
    for (const prompt of ['fail', undefined]) {
      client.send(transcribing(prompt));
      await client.next('session.updated');
      speak(client);
      const end = prompt === undefined ? 'completed' : 'failed';
      await client.next(`conversation.item.input_audio_transcription.${end}`);
    }
    speak(client);
    expect((await client.next('error')).error).toMatchObject({ reason: 'budget_exceeded' });
    expect(await client.end()).toEqual({ code: 1_008, reason: 'budget_exceeded' });
    await harness.closing(record);
    expect(record.frames.filter((one) => one.includes('append'))).toHaveLength(2);
    expect(await harness.entries(userId)).toMatchObject([
      { state: 'settled', cost_usd: '0.000110000000', model: 'upstream-scribe' },
    ]);
    expect(await harness.differences()).toEqual([]);
  });

  it('books a transcription whose client has gone by its own usage, and by its sound where none comes', async () => {
    const [told, untold] = [await harness.caller(), await harness.caller()];
    for (const { token } of [told, untold]) {
      const { client, record } = await harness.connect(token);
      client.send(transcribing('hang'));
      await client.next('session.updated');
      speak(client);
      await client.next('input_audio_buffer.committed');
      client.socket.terminate();
      const { usage, ...unmeasured } = TRANSCRIPTION;
      record.socket.send(
        JSON.stringify(token === told.token ? { ...unmeasured, usage } : unmeasured),
      );
      await harness.closing(record);
    }
    await eventually(async () => {
      expect(await harness.entries(told.userId)).toMatchObject([
        { state: 'settled', cost_usd: '0.000110000000' },
      ]);
    });
    await eventually(async () => {
      expect(await harness.entries(untold.userId)).toMatchObject([
        { state: 'estimated', cost_usd: '0.000060000000', input_tokens: 10 },
      ]);
    });
    expect(await harness.differences()).toEqual([]);
  });

  it('books a response whose client has gone by its own usage, and one that the upstream cuts by an estimate', async () => {
    const left = await harness.caller();
    const { client, record } = await harness.connect(left.token);
    client.send({ type: 'response.create', response: { metadata: { fake: 'hang' } } });
    await client.next('response.created');
    client.socket.terminate();
    record.socket.send(
      JSON.stringify({
        type: 'response.done',
        response: { id: 'resp_1', status: 'completed', usage: USAGE },
      }),
    );
    await harness.closing(record);
    await eventually(async () => {
      expect(await harness.entries(left.userId)).toMatchObject([
        { state: 'settled', cost_usd: RESPONSE_COST },
      ]);
    });
    const cut = await harness.caller();
    const { client: other } = await harness.connect(cut.token);
    other.send({ type: 'response.create', response: { metadata: { fake: 'hang' } } });
    await other.next('response.created');
    other.send({ type: 'fake.cut' });
    expect(await other.end()).toMatchObject({ code: 1_011 });
    expect(await harness.entries(cut.userId)).toMatchObject([
      { state: 'estimated', output_tokens: 4 },
    ]);
    expect(await harness.differences()).toEqual([]);
  });

  it('takes one parallel slot for as long as it is open, and counts each response as a request', async () => {
    const { token, teamId } = await harness.caller();
    await setLimits(harness.gateway, 'team', teamId, {
      maxParallelRequests: 1,
      requestsPerMinute: 3,
    });
    const { client, record } = await harness.connect(token);
    client.send({ type: 'response.create' });
    await client.next('response.done');
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(await harness.refusal(token)).toMatchObject({ status: 429, reason: 'rate_limited' });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    client.send({ type: 'response.create' });
    expect((await client.next('error')).error).toMatchObject({ reason: 'rate_limited' });
    client.socket.close();
    await client.end();
    await harness.closing(record);
  });
});
