import fc from 'fast-check';
import { isIdleAfter, rollbackGroup, WireGroupSplitter } from './wire-groups.js';

function message(type: string, body = ''): Buffer {
  const content = Buffer.from(body);
  const frame = Buffer.alloc(5 + content.length);
  frame.write(type, 0);
  frame.writeUInt32BE(4 + content.length, 1);
  content.copy(frame, 5);
  return frame;
}

function startup(): Buffer {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0\0');
  const frame = Buffer.alloc(4 + body.length);
  frame.writeUInt32BE(frame.length, 0);
  body.copy(frame, 4);
  return frame;
}

describe('WireGroupSplitter', () => {
  const groups = [
    startup(),
    message('Q', 'SELECT 1\0'),
    Buffer.concat([message('P', 'x'), message('B', 'yy'), message('E'), message('S')]),
    message('H'),
  ];

  it('cuts the same groups wherever the bytes are cut', () => {
    const bytes = Buffer.concat(groups);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (positions) => {
        const splitter = new WireGroupSplitter();
        const edges = [0, ...positions.sort((a, b) => a - b), bytes.length];
        const found = edges
          .slice(1)
          .flatMap((end, index) => splitter.push(bytes.subarray(edges[index], end)).groups);
        expect(found.map((group) => Buffer.from(group))).toEqual(groups);
      }),
    );
  });

  it('gives every group memory of its own, which can be handed to another thread', () => {
    const { groups: found } = new WireGroupSplitter().push(Buffer.concat(groups));
    for (const group of found) expect(group.buffer.byteLength).toBe(group.length);
  });

  it('tells when the client says goodbye, and hands nothing of it to the server', () => {
    const splitter = new WireGroupSplitter();
    splitter.push(startup());
    expect(splitter.push(message('X'))).toEqual({ groups: [], isTerminated: true });
  });
});

describe('isIdleAfter', () => {
  it.each([
    ['I', true],
    ['T', false],
    ['E', false],
  ])('after ReadyForQuery %s is %s', (status, expected) => {
    expect(isIdleAfter(Buffer.concat([message('C', 'x\0'), message('Z', status)]))).toBe(expected);
  });

  it('is false in the middle of an answer', () => {
    expect(isIdleAfter(message('G', 'I'))).toBe(false);
    expect(isIdleAfter(new Uint8Array())).toBe(false);
  });
});

it('rolls back with one well-formed query', () => {
  expect(Buffer.from(rollbackGroup())).toEqual(message('Q', 'ROLLBACK\0'));
});
