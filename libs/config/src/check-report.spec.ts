import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCheckReport } from './check-report.js';
import { loadSettings, type LoadResult } from './load-settings.js';

function load(text: string): LoadResult {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-check-'));
  writeFileSync(join(directory, 'config.yaml'), text);
  const result = loadSettings({ argv: {}, env: {}, cwd: directory });
  rmSync(directory, { recursive: true });
  return result;
}

const TEXT = `
general_settings: { master_key: sk-1234, store_model_in_db: true, bogus: 1 }
litellm_settings: { num_retries: 3, drop_params: true }
mcp_servers: { x: {} }
environment_variables: { A: b }
model_list:
  - model: a
    litellm_params: { model: openai/a, rpm: 3, temperature: 1 }
    model_info: { mode: chat, my_note: x }
`;

describe('formatCheckReport', () => {
  it('says of every key of the file how it is treated', () => {
    const { report } = load(TEXT);
    const statuses = Object.fromEntries(report.map(({ path, status }) => [path, status]));
    expect(statuses).toEqual({
      'general_settings.master_key': 'honoured',
      'general_settings.store_model_in_db': 'ignored',
      'general_settings.bogus': 'ignored',
      'litellm_settings.num_retries': 'differs',
      'litellm_settings.drop_params': 'honoured',
      mcp_servers: 'ignored',
      environment_variables: 'honoured',
      model_list: 'honoured',
      'model_list[0].model': 'differs',
      'model_list[0].litellm_params.model': 'honoured',
      'model_list[0].litellm_params.rpm': 'differs',
      'model_list[0].litellm_params.temperature': 'ignored',
      'model_list[0].model_info.mode': 'honoured',
      'model_list[0].model_info.my_note': 'ignored',
    });
    const mails = ['[langfuse, smtp_email]', 'smtp_email', '[langfuse]'].map((names) => {
      const [only] = load(`litellm_settings: { callbacks: ${names} }`).report;
      return only?.status;
    });
    expect(mails).toEqual(['differs', 'differs', 'ignored']);
    const text = formatCheckReport(load(TEXT));
    for (const path of Object.keys(statuses)) expect(text).toContain(path);
    expect(text).toContain('accepted');
    expect(text).toContain('Warnings');
  });

  it('puts problems last, each with its place', () => {
    const refused = load('gatehouse: { bogus: 1, spend: { client_abort: drian } }');
    const text = formatCheckReport(refused, () => 'line 1');
    expect(text).toContain('gatehouse.bogus (line 1) is not a key');
    expect(text.lastIndexOf('Keys of the file')).toBeLessThan(text.indexOf('Problems'));
  });

  it('gives a reason with everything that is ignored or differs', () => {
    for (const { status, note } of load(TEXT).report)
      if (status !== 'honoured') expect(note).not.toBe('');
  });

  it('lists problems with their remedies, and the keys besides', () => {
    const text = formatCheckReport(load('gatehouse: { bogus: 1, spend: { client_abort: drian } }'));
    expect(text).toContain('2 problems');
    expect(text).toContain('gatehouse.bogus is not a key of this section');
    expect(text).toContain('Did you mean "drain"?');
    expect(text).toContain('honoured  gatehouse.spend.client_abort');
    expect(text.endsWith('\n')).toBe(true);
  });
});
