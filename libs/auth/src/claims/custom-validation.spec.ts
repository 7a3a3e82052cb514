import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecisionTrace } from '#libs/access';
import { isGatehouseError } from '#libs/common';
import { settingsFromYaml } from '#libs/config';
import { aHarness } from '#support/credential-harness';
import { customValidationProblems } from './custom-validation-problems.js';
import { CustomValidationService } from './custom-validation.service.js';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-validate-'));
const file = join(folder, 'checks.mjs');
writeFileSync(
  file,
  `export const staff = (claims) => claims.staff === true;
   export const later = async (claims) => (await claims.staff) === true;
   export const throwing = (claims) => { throw new Error('secret ' + claims.sub); };
   export const rejecting = async () => { throw new Error('secret'); };
   export const changing = (claims) => { claims.sub = 'root'; return true; };
   export const hanging = () => new Promise(() => {});
   export const text = 'not a function';`,
);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function result(exportName: string, claims: object = {}, path = file): Promise<string> {
  const harness = await aHarness(
    { providers: [CustomValidationService] },
    {
      jwt: { customValidate: { file: path, exportName } },
    },
  );
  const trace = new DecisionTrace('dec_test');
  try {
    await harness.module
      .get(CustomValidationService)
      .validate(Object.freeze({ sub: 'alice', ...claims }), trace);
    return `accepted by ${String(trace.steps[0]?.config_key)}`;
  } catch (error) {
    if (!isGatehouseError(error)) return String(error);
    expect(JSON.stringify([error.message, error.context, String(error.cause)])).not.toMatch(
      /alice/,
    );
    return error.code;
  } finally {
    await harness.close();
  }
}

describe('custom_validate', () => {
  test('refuses with 503 where it never answers, and does not blame the provider', async () => {
    const harness = await aHarness(
      { providers: [CustomValidationService] },
      {
        jwt: { customValidate: { file, exportName: 'hanging' } },
      },
    );
    const service = harness.module.get(CustomValidationService);
    await service.onModuleInit();
    jest.useFakeTimers();
    try {
      const ended = Promise.resolve(
        service.validate({ sub: 'alice' }, new DecisionTrace('dec_test')),
      ).catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await ended).toMatchObject({
        code: 'auth_provider_unavailable',
        status: 503,
        message: 'The check of the token took too long. Try again shortly.',
        context: { configKey: 'general_settings.litellm_jwtauth.custom_validate' },
      });
    } finally {
      jest.useRealTimers();
      await harness.close();
    }
  });

  test.each(['staff', 'later'])('accepts what %s answers truthy, and is traced', async (name) => {
    const accepted = 'accepted by general_settings.litellm_jwtauth.custom_validate';
    expect(await result(name, { staff: true })).toBe(accepted);
  });

  test.each(['staff', 'later'])('refuses with 403 what %s answers falsy', async (name) => {
    expect(await result(name)).toBe('policy_denied');
  });

  test.each(['throwing', 'rejecting', 'changing'])(
    'refuses with 401 where %s throws, and never shows the error',
    async (name) => {
      expect(await result(name)).toBe('token_invalid');
    },
  );

  test.each([
    ['text', file],
    ['missing', file],
    ['toString', file],
    ['staff', join(folder, 'none.mjs')],
  ])('never accepts for want of a function: %s', async (name, path) => {
    expect(await result(name, { staff: true }, path)).toBe('internal_error');
    const harness = await aHarness(
      { providers: [CustomValidationService] },
      {
        jwt: { customValidate: { file: path, exportName: name } },
      },
    );
    await expect(harness.module.get(CustomValidationService).onModuleInit()).rejects.toMatchObject({
      code: 'internal_error',
    });
    await harness.close();
  });
});

test('a file that is not there is a problem of the settings, one that is there is none', () => {
  const settings = settingsFromYaml(
    'general_settings: { litellm_jwtauth: { custom_validate: ./none.mjs#staff } }',
  );
  expect(customValidationProblems(settings)).toEqual([
    expect.objectContaining({ path: 'general_settings.litellm_jwtauth.custom_validate' }),
  ]);
  const jwt = { ...settings.jwt, customValidate: { file, exportName: 'staff' } };
  expect(customValidationProblems({ ...settings, jwt })).toEqual([]);
  expect(customValidationProblems({ ...settings, jwt: { ...jwt, customValidate: null } })).toEqual(
    [],
  );
});
