import { NO_TEAMS, type KeyGrant } from '#libs/access';
import { aDeployment, aPrincipal } from '#support/access-builders';
import { jwtSettings } from '#support/jwt-settings';
import { ListedModels, ModelCatalogue, tokenModelLists } from './model-permissions.js';

const catalogue = new ModelCatalogue({
  deployments: [aDeployment({ modelGroup: 'gpt-4o', provider: 'openai', accessGroups: ['smart'] })],
  router: { aliases: [] },
});
const { rbac } = jwtSettings();
const enforced = jwtSettings({
  rbac: {
    ...rbac,
    enforceRole: true,
    rolePermissions: [{ role: 'team', models: ['smart'], routes: null }],
  },
  scopeMappings: [{ scope: 'chat', models: ['gpt-*'], routes: null }],
});
const aKey = (models: readonly string[]): KeyGrant => ({
  keyId: 'k',
  alias: null,
  models,
  allowedRoutes: [],
});
const mayUse = (models: readonly string[], model: string, teamId: string | null): boolean =>
  new ListedModels(
    tokenModelLists(
      aPrincipal({ kind: 'virtual_key', key: aKey(models), teams: { ...NO_TEAMS, teamId } }),
      enforced,
    ),
    catalogue,
  ).mayUse(model);

describe('the lists of a credential', () => {
  it('are those of its role and its scopes, which know access groups and wildcards', () => {
    const lists = tokenModelLists(aPrincipal({ scopes: ['chat'] }), enforced);
    expect(lists.map(({ holder }) => holder)).toEqual(['role', 'scope']);
    const models = new ListedModels(lists, catalogue);
    expect(models.mayUse('gpt-4o')).toBe(true);
    expect(models.evaluate('other')).toMatchObject({
      code: 'model_not_allowed',
      configKey: 'general_settings.role_permissions',
      response: { param: 'model' },
    });
  });

  it('allow nothing where the role’s is empty', () => {
    const nothing = {
      ...enforced,
      rbac: {
        ...enforced.rbac,
        rolePermissions: [{ role: 'team', models: [], routes: null } as const],
      },
    };
    const models = new ListedModels(tokenModelLists(aPrincipal(), nothing), catalogue);
    expect(models.mayUse('gpt-4o')).toBe(false);
  });

  it.each([
    [[], 'anything', null, true],
    [['gpt-4o'], 'gpt-4o', null, true],
    [['gpt-4o'], 'other', null, false],
    [['smart'], 'gpt-4o', null, true],
    [['all-team-models'], 'other', 'research', true],
    [['all-team-models', 'gpt-4o'], 'other', 'research', true],
    [['all-team-models'], 'gpt-4o', null, false],
    [['all-team-models', 'gpt-4o'], 'gpt-4o', null, true],
    [['no-default-models'], 'gpt-4o', null, false],
  ])('of a key with %j: %s for team %s is %s', (models, model, teamId, expected) => {
    expect(mayUse(models, model, teamId)).toBe(expected);
  });

  it('name the key where it refuses', () => {
    const principal = aPrincipal({ kind: 'virtual_key', key: aKey(['other']) });
    const models = new ListedModels(tokenModelLists(principal, enforced), catalogue);
    expect(models.evaluate('gpt-4o')?.response?.type).toBe('key_model_access_denied');
  });
});
