import { Injectable } from '@nestjs/common';
import { isGatehouseError } from '#libs/common';
import type { IssuerSettings } from '#libs/config';
import { shownAddress } from '../provider/document-address.js';
import { IssuerRegistry } from './issuer-registry.js';
import {
  algorithmsOf,
  isSameAlgorithm,
  JWS_ALGORITHMS,
  type JwsAlgorithm,
} from './jws-algorithms.js';
import type { AdmittedKey } from './key-admission.js';
import { KeySetLoader, type LoadedKeys } from './key-set-loader.js';
import { StaticKeys } from './static-keys.js';
import { tokenProblemOf } from '../failures/token-error.js';

/** What one origin of an issuer's keys gives now. */
export interface KeyAddressFinding {
  /** Path of the issuer in the configuration. */
  readonly configPath: string;
  /** The configured `iss`; `null` where none is configured. */
  readonly issuer: string | null;
  /** Address without user information and query; `public_keys` for keys of the configuration itself. */
  readonly address: string;
  /** Number of keys that can verify tokens of the issuer. */
  readonly keyCount: number;
  /** Algorithms that those keys can verify. */
  readonly algorithms: readonly string[];
  /** Why no key can be had; `null` when at least one is usable. */
  readonly problem: string | null;
  /** What differs from the configuration without being a failure. */
  readonly notices: readonly string[];
}

/** Asks every configured key address once, by the loader that a running gateway uses. */
@Injectable()
export class KeyAddressCheck {
  /** @param loader gets and validates the keys */
  constructor(
    private readonly issuers: IssuerRegistry,
    private readonly loader: KeySetLoader,
  ) {}

  /** Returns one finding per origin, in the order of the configuration. Addresses are asked at the same time. */
  async run(): Promise<readonly KeyAddressFinding[]> {
    const findings = this.issuers
      .list()
      .map(async (entry) => [
        ...configuredKeys(entry),
        ...(await Promise.all(entry.keyUrls.map((url) => this.ask(entry, url)))),
      ]);
    return (await Promise.all(findings)).flat();
  }

  private async ask(entry: IssuerSettings, url: string): Promise<KeyAddressFinding> {
    const { configPath, issuer } = entry;
    const found = { configPath, issuer, address: shownAddress(url) };
    try {
      const loaded = await this.loader.load({ url, issuer }, new AbortController().signal);
      return { ...found, ...assessed(loaded, entry) };
    } catch (error) {
      if (!isGatehouseError(error)) throw error;
      const { problem } = tokenProblemOf(error);
      return { ...found, keyCount: 0, algorithms: [], problem, notices: [] };
    }
  }
}

type Assessment = Omit<KeyAddressFinding, 'configPath' | 'issuer' | 'address'>;

function assessed({ keys, refusals, notice }: LoadedKeys, entry: IssuerSettings): Assessment {
  const usable = keys.map((key) => algorithmsFor(key, entry)).filter((names) => names.length > 0);
  const notices = [
    ...(notice === null ? [] : [notice]),
    ...refusals.map(({ index, problem }) => `key ${String(index)} is left out: ${problem}`),
  ];
  return {
    keyCount: usable.length,
    algorithms: JWS_ALGORITHMS.filter((one) => usable.some((names) => names.includes(one))),
    problem: usable.length > 0 ? null : emptinessOf(keys.length, entry),
    notices,
  };
}

/** What a key can verify and the issuer's tokens may have. */
function algorithmsFor({ algorithm, family }: AdmittedKey, entry: IssuerSettings) {
  return permitted(algorithm === null ? algorithmsOf(family) : [algorithm], entry);
}

function permitted(
  algorithms: readonly JwsAlgorithm[],
  { algorithms: allowed }: IssuerSettings,
): readonly JwsAlgorithm[] {
  if (allowed === null) return algorithms;
  return algorithms.filter((one) => allowed.some((other) => isSameAlgorithm(one, other)));
}

function emptinessOf(keyCount: number, { configPath }: IssuerSettings): string {
  return keyCount === 0
    ? 'it has no key that can be used'
    : `none of its keys is for an algorithm of ${configPath}.algorithms`;
}

function configuredKeys(entry: IssuerSettings): readonly KeyAddressFinding[] {
  const { publicKeys, configPath, issuer } = entry;
  if (publicKeys.length === 0) return [];
  const keys = new StaticKeys(publicKeys, configPath);
  const { keyCount, refusedKeyCount } = keys.status();
  const algorithms = permitted(JWS_ALGORITHMS, entry).filter(
    (algorithm) => keys.candidates(null, algorithm).length > 0,
  );
  const notices =
    refusedKeyCount === 0 ? [] : [`${String(refusedKeyCount)} of the keys cannot be used`];
  const problem = algorithms.length > 0 ? null : emptinessOf(keyCount, entry);
  const found = { configPath, issuer, address: 'public_keys', keyCount, algorithms };
  return [{ ...found, problem, notices }];
}
