import fc from 'fast-check';
import { GatehouseError } from '#libs/common';
import type { EnteredCall } from '../planning/relay-call.js';
import { CoveredResponses } from './covered-responses.js';
import { CoveredTranscriptions } from './covered-transcriptions.js';
import type { ResponseCover } from './response-cover.js';
import type { ResponseCoversService } from './response-covers.service.js';

const CALL = { deployment: { provider: 'openai' } } as unknown as EnteredCall;
const OVER = new GatehouseError('budget_exceeded', { isByLimit: true });

type End = 'booked' | 'free' | 'given back';

/** Covers that note how they end. */
class NotedCovers {
  /** Every cover, in the order in which they were held, with its ends. */
  readonly held: { readonly kind: string; readonly ends: End[] }[] = [];
  isOver = false;

  get service(): ResponseCoversService {
    const transcription = () => this.limited('transcription');
    return {
      first: () => this.cover('first'),
      uncovered: () => this.cover('uncovered'),
      next: () => this.limited('next'),
      transcription,
      begunTranscription: async () =>
        this.isOver
          ? { cover: this.cover('uncovered'), refusal: OVER }
          : { cover: await transcription(), refusal: null },
    } as unknown as ResponseCoversService;
  }

  get ends(): readonly (readonly End[])[] {
    return this.held.map(({ ends }) => ends);
  }

  private limited(kind: string): Promise<ResponseCover> {
    return this.isOver ? Promise.reject(OVER) : Promise.resolve(this.cover(kind));
  }

  private cover(kind: string): ResponseCover {
    const ends: End[] = [];
    let isOpen = false;
    this.held.push({ kind, ends });
    const open = (): Promise<void> => {
      isOpen = true;
      return Promise.resolve();
    };
    const ended = (end: End): Promise<void> => Promise.resolve(void ends.push(end));
    const cover: Partial<ResponseCover> = {
      open,
      openOrDrop: open,
      noteProgress: () => undefined,
      settle: ({ usage, estimate }) => ended((usage ?? estimate) ? 'booked' : 'free'),
      drop: () => ended('given back'),
    };
    Object.defineProperty(cover, 'isOpen', { get: () => isOpen });
    return cover as ResponseCover;
  }
}

const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };

describe('what is held in a session', () => {
  let covers: NotedCovers;
  let responses: CoveredResponses;
  let transcriptions: CoveredTranscriptions;

  const start = (): void => {
    covers = new NotedCovers();
    responses = new CoveredResponses(CALL, covers.service);
    transcriptions = new CoveredTranscriptions(CALL, covers.service);
  };
  beforeEach(start);

  it('ends exactly once in every order of events', async () => {
    const events: Readonly<Record<string, (name: string) => unknown>> = {
      ask: (name) => responses.ask(name, null),
      askBounded: (name) => responses.ask(name, 100),
      expect: () => responses.expect(null),
      expectBounded: () => responses.expect(100),
      begin: (name) => responses.begin(name),
      output: (name) => {
        responses.output(name, 'text', 9);
      },
      finish: (name) => responses.finish(name, USAGE, true),
      refused: (name) => responses.refused(name),
      hear: (name) => transcriptions.expect(name),
      commit: (name) => transcriptions.committed(name, 'whisper'),
      complete: (name) => transcriptions.completed(name, 'whisper', null),
      fail: (name) => transcriptions.failed(name),
    };
    const event = fc.tuple(fc.constantFrom(...Object.keys(events)), fc.constantFrom('a', 'b', 'c'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.boolean(),
        async (history, isBilled) => {
          start();
          for (const [kind, name] of history) await events[kind]?.(name);
          await responses.end(isBilled);
          await transcriptions.end(isBilled);
          expect(covers.ends.filter((ends) => ends.length !== 1)).toEqual([]);
          expect([responses.isIdle, transcriptions.isIdle]).toEqual([true, true]);
        },
      ),
    );
  });

  it('is given back where the upstream refuses a response, and booked where the session ends before it', async () => {
    await responses.ask('refused', null);
    await responses.ask('asked', null);
    await responses.refused('refused');
    expect(covers.ends).toEqual([['given back'], []]);
    await responses.end(true);
    expect(covers.ends).toEqual([['given back'], ['booked']]);
  });

  it('costs nothing where the upstream has ended the session before it has begun', async () => {
    await responses.ask('asked', null);
    await responses.end(false);
    expect(covers.ends).toEqual([['free']]);
  });

  it('is not there for a response beyond a limit, which is refused and booked', async () => {
    await responses.begin('first');
    covers.isOver = true;
    expect(await responses.begin('second')).toBe(OVER);
    await responses.finish('second', USAGE, true);
    expect(covers.held).toEqual([
      { kind: 'first', ends: [] },
      { kind: 'uncovered', ends: ['booked'] },
    ]);
    await expect(responses.ask(null, null)).rejects.toBe(OVER);
    expect(await transcriptions.committed('spoken', 'whisper')).toBe(OVER);
  });

  it('is given back for a transcription that fails', async () => {
    await transcriptions.expect('whisper');
    await transcriptions.committed('spoken', 'whisper');
    await transcriptions.failed('spoken');
    expect(covers.held.at(-1)).toEqual({ kind: 'transcription', ends: ['given back'] });
  });
});
