import { aDeployment } from '#support/access-builders';
import {
  ListedModels,
  ModelCatalogue,
  modelCatalogueOf,
  userModelsBesideTeam,
  type ModelList,
} from './model-permissions.js';

const deployments = [
  aDeployment({ modelGroup: 'gpt-4o', provider: 'openai', accessGroups: ['smart'] }),
  aDeployment({ modelGroup: 'gpt-4o', provider: 'azure', accessGroups: ['eu'] }),
  aDeployment({ modelGroup: 'mini', provider: 'openai', accessGroups: [] }),
  aDeployment({ modelGroup: 'local/*', provider: 'vllm', accessGroups: ['local'] }),
];
const configured = { deployments, router: { aliases: [] } };
const catalogue = new ModelCatalogue(configured);
const listed = (...lists: ModelList[]): ListedModels => new ListedModels(lists, catalogue);

describe('the catalogue', () => {
  it('adds up what the deployments of a model say', () => {
    expect(catalogue.factsOf('gpt-4o')).toEqual({
      accessGroups: ['smart', 'eu'],
    });
    expect(catalogue.names).toEqual(['gpt-4o', 'mini', 'local/*']);
    expect(catalogue.factsOf('none')).toBeUndefined();
  });

  it('lets a model of a wildcard name belong to its access groups', () => {
    expect(catalogue.factsOf('local/llama')?.accessGroups).toEqual(['local']);
  });

  it('gives a model group of its own name no access group of a wildcard group', () => {
    const groups = new ModelCatalogue({
      deployments: [
        aDeployment({ modelGroup: 'secret-llama', accessGroups: [] }),
        aDeployment({ modelGroup: '*', accessGroups: ['public'] }),
        aDeployment({ modelGroup: 'secret-*', accessGroups: ['secret'] }),
      ],
      router: { aliases: [] },
    });
    expect(groups.factsOf('secret-llama')?.accessGroups).toEqual([]);
    expect(groups.factsOf('secret-gemma')?.accessGroups).toEqual(['secret']);
    expect(groups.factsOf('gpt-4o')?.accessGroups).toEqual(['public']);
  });

  it('is built once for a list of deployments', () => {
    expect(modelCatalogueOf(configured)).toBe(modelCatalogueOf(configured));
  });
});

describe('several lists of models', () => {
  it('grant what each of them grants', () => {
    const models = listed(
      { holder: 'team', models: ['smart', 'mini'] },
      { holder: 'user', models: [] },
      { holder: 'organization', models: ['eu'] },
    );
    expect(models.mayUse('gpt-4o')).toBe(true);
    expect(models.mayUse('mini')).toBe(false);
  });

  it.each([
    [['team', 'user', 'organization'], 'team_model_access_denied'],
    [['user', 'organization'], 'user_model_access_denied'],
    [['organization'], 'org_model_access_denied'],
  ] as const)('when %j refuse, name the first: %s', (holders, type) => {
    const refusal = listed(...holders.map((holder) => ({ holder, models: ['other'] }))).evaluate(
      'mini',
    );
    expect(refusal).toMatchObject({
      code: 'model_not_allowed',
      response: { type, param: 'model' },
    });
  });

  it('tell neither what a list grants nor whether a model exists', () => {
    const models = listed({ holder: 'team', models: ['secret-model'] });
    expect(models.evaluate('mini')).toEqual(models.evaluate('does-not-exist'));
    expect(JSON.stringify(models.evaluate('mini'))).not.toContain('secret-model');
  });

  it('grant everything when there are none', () => {
    expect(listed().mayUse('anything')).toBe(true);
  });
});

describe('no-default-models', () => {
  it('leaves a user without a team no model', () => {
    expect(userModelsBesideTeam(['no-default-models'], false)).toEqual(['no-default-models']);
  });

  it('leaves the grant to the team where there is one, other entries still restricting', () => {
    expect(userModelsBesideTeam(['no-default-models'], true)).toEqual([]);
    expect(userModelsBesideTeam(['no-default-models', 'mini'], true)).toEqual(['mini']);
  });
});
