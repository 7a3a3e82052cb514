import type { ConfigWarning } from '../model/settings.js';

/** Something in the configuration that refuses the start. Never holds a value of the file. */
export interface ConfigProblem {
  /** Path in the file (`general_settings.master_key`), or the variable's or option's name. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** What to write instead. */
  readonly remedy: string;
  /** Whether LiteLLM does what is asked for, and only this version of Gatehouse does not. */
  readonly isUnsupported?: true;
}

/** How a key of the file is treated, compared with what LiteLLM does with it. */
export type KeyStatus = 'honoured' | 'ignored' | 'differs';

/** One line of `gatehouse check`, about one key of the file. */
export interface ConfigReportEntry {
  readonly path: string;
  readonly status: KeyStatus;
  /** Reason or difference; empty for a key that is simply honoured. */
  readonly note: string;
}

/** Every key of the file, in the file's order. */
export type ConfigReport = readonly ConfigReportEntry[];

/**
 * Everything that one reading of a configuration found out. Filled while reading, then handed on.
 */
export class ConfigDiagnostics {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigWarning[] = [];
  readonly report: ConfigReportEntry[] = [];
  /** Paths of unknown keys, with a suggestion where a known name is near. */
  readonly unknownKeys: string[] = [];
}

/** One place of the configuration, which knows its path and where to leave what was found there. */
export class ConfigPath {
  /**
   * @param path where this is, as a person would write it
   * @param findings collects what is found
   */
  constructor(
    readonly path: string,
    readonly findings: ConfigDiagnostics,
  ) {}

  /**
   * The place of a member.
   * @param key name of the member
   */
  at(key: string): ConfigPath {
    const shown = shownName(key);
    return new ConfigPath(this.path === '' ? shown : `${this.path}.${shown}`, this.findings);
  }

  /**
   * The place of an entry of a list.
   * @param index position, from 0
   */
  item(index: number): ConfigPath {
    return new ConfigPath(`${this.path}[${String(index)}]`, this.findings);
  }

  /**
   * Refuses what stands here.
   * @param message what is wrong, without the value
   * @param remedy what to write instead
   */
  refuse(message: string, remedy: string): null {
    this.findings.problems.push({ path: this.path, message, remedy });
    return null;
  }

  /**
   * Refuses what is right in LiteLLM and is not built here. A deployment with nothing worse may be
   * left out.
   * @param message what is wrong, without the value
   * @param remedy what to write instead
   */
  refuseUnsupported(message: string, remedy: string): null {
    this.findings.problems.push({ path: this.path, message, remedy, isUnsupported: true });
    return null;
  }

  /**
   * Tells about something that is accepted nevertheless.
   * @param message what to know, without the value
   */
  warn(message: string): void {
    this.findings.warnings.push({ path: this.path, message });
  }

  /** Notes how the key that stands here is treated. */
  note(status: KeyStatus, note = ''): void {
    this.findings.report.push({ path: this.path, status, note });
  }
}

const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,63}$/;
const CREDENTIAL_LIKE = /^([sp]k[-_]|eyJ|gh[a-z]_|xox[a-z]-|AKIA)|^[A-Za-z0-9]{33,}$/;

/**
 * Tells whether a text looks like a credential that slipped into the wrong place.
 * @param value text of the file
 */
export function isCredentialLike(value: string): boolean {
  return CREDENTIAL_LIKE.test(value);
}

/**
 * A key name as it may be printed. A slip of indentation can turn a secret into a key, so that
 * names which look like credentials, or like no name at all, are described rather than shown.
 * @param name key as it stands in the file
 */
export function shownName(name: string): string {
  const isShown = PLAIN_NAME.test(name) && !isCredentialLike(name);
  return isShown ? name : `<name of ${String(name.length)} characters>`;
}
