import { describedKeys } from '#libs/config';

/** Returns the page `docs/reference/configuration-keys.md`. */
export function keyPage(): string {
  const rows = describedKeys().map(({ path, description, differs, default: value }) => {
    const difference = differs === null ? '' : ` **Differs:** ${differs}`;
    const meaning = `${description}${difference}`.replaceAll('|', String.raw`\|`);
    return `| \`${path}\` | ${value === null ? '' : `\`${value}\``} | ${meaning} |`;
  });
  return `# Keys of config.yaml

Written by \`npm run generate\` from the schemas in \`libs/config/src/schema\`; do not edit it here. [Configuration](configuration.md)
explains the sections. The default is empty where the meaning says what leaving the key out does. "Differs" names a difference from
LiteLLM.

| Key | Default | Meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}
