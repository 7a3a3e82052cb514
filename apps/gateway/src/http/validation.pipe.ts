import { ValidationPipe, type ValidationError } from '@nestjs/common';
import * as transformerPackage from 'class-transformer';
import * as validatorPackage from 'class-validator';
import { GatehouseError } from '#libs/common';

const MAX_PROBLEMS = 5;

/**
 * Evaluates the bodies and queries of the admin API by their request classes: unknown members are
 * refused, every problem is named, `param` is the first member at fault.
 */
export function requestValidationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    // Given rather than found by name, so that it is the copy in which the request classes are registered.
    validatorPackage,
    transformerPackage,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const problems = errors.flatMap((error) => problemsOf(error, ''));
      const shown = problems.slice(0, MAX_PROBLEMS).map(({ message }) => message);
      const first = problems[0];
      return new GatehouseError('request_invalid', {
        message: shown.length === 0 ? 'The request is not valid.' : shown.join('; '),
        ...(first === undefined ? {} : { param: first.path }),
      });
    },
  });
}

function problemsOf(error: ValidationError, prefix: string): { path: string; message: string }[] {
  const path = `${prefix}${error.property}`;
  // Decorators run from the last to the first; the first one written says what the member is at all.
  const own = Object.values(error.constraints ?? {})
    .slice(-1)
    .map((text) => ({ path, message: prefix === '' ? text : `${path}: ${text}` }));
  return [...own, ...(error.children ?? []).flatMap((child) => problemsOf(child, `${path}.`))];
}
