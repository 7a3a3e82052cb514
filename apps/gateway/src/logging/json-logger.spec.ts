import { JsonLogger } from './json-logger.js';
import { LineBatch } from './line-batch.js';

describe('a line of facts', () => {
  const lines: string[] = [];

  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    jest.spyOn(LineBatch.prototype, 'write').mockImplementation((line) => {
      lines.push(line);
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    [{}],
    [{ requestId: 'r', clientRequestId: null, status: 200, durationMs: 1.25, completed: true }],
    [{ text: 'größe 😀 "quoted" \\ \n \u0001 \ud800', absent: undefined, infinite: Infinity }],
    [{ list: [1, 'a'], nested: { of: null } }],
  ])('is the line that pino writes: %j', (facts) => {
    const logger = new JsonLogger('info', 'json');
    logger.record('warn', 'request "x"', facts);
    logger.warn({ message: 'request "x"', ...facts });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(lines[1]);
    expect(lines[0]).toContain('"time":"2026-01-02T03:04:05.006Z"');
  });

  it('is not written below the level', () => {
    new JsonLogger('warn', 'json').record('info', 'request', { status: 200 });
    expect(lines).toEqual([]);
  });
});
