import { statSync } from 'node:fs';
import type { SettingsCheck } from '#libs/config';
import { CONFIG_KEYS } from '../failures/config-keys.js';

/**
 * Refuses settings whose `custom_validate` names a file that is not there, so that the start tells so rather than every
 * request. Whether the file has such a function is seen when it is loaded.
 */
export const customValidationProblems: SettingsCheck = ({ jwt }) => {
  const { customValidate } = jwt;
  if (customValidate === null || isFile(customValidate.file)) return [];
  return [
    {
      path: CONFIG_KEYS.customValidate,
      message: 'names a file that is not there',
      remedy: 'Write ./file.mjs#exportName, the path as seen from the configuration file.',
    },
  ];
};

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
