import { BadRequestException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { GatehouseError } from '#libs/common';
import { errorOf } from './error-of.js';

describe('errorOf', () => {
  it('keeps our own errors as they are', () => {
    const error = new GatehouseError('team_blocked');
    expect(errorOf(error)).toBe(error);
  });

  it.each([
    [new NotFoundException(), 'not_found'],
    [new PayloadTooLargeException(), 'body_too_large'],
    [new BadRequestException(), 'request_invalid'],
    [new URIError('malformed'), 'request_invalid'],
    [new TypeError('a defect'), 'internal_error'],
    ['a thrown string', 'internal_error'],
    [undefined, 'internal_error'],
  ])('maps %p to %s', (thrown, code) => {
    expect(errorOf(thrown).code).toBe(code);
  });

  it('never tells the caller what went wrong inside', () => {
    expect(errorOf(new Error('SELECT * FROM secrets')).message).not.toContain('SELECT');
  });
});
