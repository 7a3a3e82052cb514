import { keyIdOf } from '#libs/keys';
import { activityFilterOf } from './daily-activity.request.js';
import { globalFilterOf } from './global-spend.request.js';
import { spendLogsFilterOf } from './spend-logs-filter.request.js';

const KEY = 'sk-a-virtual-key-of-a-user';
const ID = keyIdOf(KEY);

describe('the key that a report is asked for', () => {
  it.each([KEY, ID])('is named by its text or by its id: %s', (api_key) => {
    expect(spendLogsFilterOf({ api_key }, {}).keyId).toBe(ID);
    expect(globalFilterOf({ api_key }).key).toEqual([ID]);
    expect(activityFilterOf({ api_key: `other,${api_key}` }, 'user').key).toEqual(['other', ID]);
  });
});
