import { pathToFileURL } from 'node:url';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { DecisionTrace } from '#libs/access';
import { GatehouseError, noteUnrepeatable } from '#libs/common';
import { SettingsStore, type JwtSettings } from '#libs/config';
import { tokenInvalid } from '../failures/token-error.js';
import { CONFIG_KEYS } from '../failures/config-keys.js';

type Validation = (claims: Readonly<Record<string, unknown>>) => unknown;
type Place = NonNullable<JwtSettings['customValidate']>;

/** A check that takes longer has failed: it must not delay every request. */
const PATIENCE_MS = 5_000;
/**
 * The sentence of the error catalogue names the identity provider, which does not cause this
 * failure.
 */
const TOO_SLOW_MESSAGE = 'The check of the token took too long. Try again shortly.';
const TOO_SLOW = Symbol('too slow');

/**
 * Runs the operator's own check of verified claims, `custom_validate`: an export of an ES module
 * that receives the frozen claims and returns, or promises, a truthy value. The module is loaded
 * once per process.
 */
@Injectable()
export class CustomValidationService implements OnModuleInit {
  private readonly loaded = new Map<string, Promise<Validation>>();

  /** @param settings hold the path of the check */
  constructor(private readonly settings: SettingsStore) {}

  /**
   * Loads the check, so that a module without it stops the start and not the first request.
   * @throws GatehouseError `internal_error`
   */
  async onModuleInit(): Promise<void> {
    const { customValidate } = this.settings.current.jwt;
    if (customValidate !== null) await this.load(customValidate);
  }

  /**
   * Returns when the check accepts the claims, or when no check is configured. An error that the
   * check throws is never shown to the caller or logged, because it may quote the claims.
   * @throws GatehouseError `policy_denied` when the check returns a falsy value, `token_invalid`
   *   when it throws, `auth_provider_unavailable` when it takes longer than 5 seconds
   */
  validate(claims: Readonly<Record<string, unknown>>, trace: DecisionTrace): void | Promise<void> {
    const { customValidate } = this.settings.current.jwt;
    if (customValidate !== null) return this.validateBy(customValidate, claims, trace);
  }

  private async validateBy(
    place: Place,
    claims: Readonly<Record<string, unknown>>,
    trace: DecisionTrace,
  ): Promise<void> {
    noteUnrepeatable();
    const response = await this.ask(await this.load(place), claims);
    if (response === TOO_SLOW)
      throw refusal('auth_provider_unavailable', 'took too long', TOO_SLOW_MESSAGE);
    if (!Boolean(response)) throw refusal('policy_denied', 'did not accept the claims');
    trace.passed('jwt-auth', 'custom_validate accepts the claims', CONFIG_KEYS.customValidate);
  }

  private async ask(
    check: Validation,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const limit = Promise.withResolvers<typeof TOO_SLOW>();
    const timer = setTimeout(limit.resolve, PATIENCE_MS, TOO_SLOW).unref();
    try {
      return await Promise.race([Promise.resolve(check(claims)), limit.promise]);
    } catch {
      throw tokenInvalid('custom_validate threw', CONFIG_KEYS.customValidate);
    } finally {
      clearTimeout(timer);
    }
  }

  private load(place: Place): Promise<Validation> {
    const name = `${place.file}#${place.exportName}`;
    const known = this.loaded.get(name);
    if (known !== undefined) return known;
    const loading = loadExport(place);
    // A failure is not remembered: the file may be mended while the process runs.
    loading.catch(() => this.loaded.delete(name));
    this.loaded.set(name, loading);
    return loading;
  }
}

async function loadExport({ file, exportName }: Place): Promise<Validation> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw unusable('cannot be loaded', error);
  }
  const check = exports[exportName];
  if (typeof check === 'function') return check as Validation;
  throw unusable('has no function of that name');
}

function unusable(problem: string, cause?: unknown): GatehouseError {
  const context = { problem: `the module ${problem}`, configKey: CONFIG_KEYS.customValidate };
  return new GatehouseError('internal_error', { context, cause });
}

function refusal(
  code: 'policy_denied' | 'auth_provider_unavailable',
  what: string,
  message?: string,
): GatehouseError {
  const context = { problem: `custom_validate ${what}`, configKey: CONFIG_KEYS.customValidate };
  return new GatehouseError(code, { context, ...(message === undefined ? {} : { message }) });
}
