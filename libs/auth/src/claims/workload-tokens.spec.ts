import { PrincipalHarness } from '#support/principal-harness';

/** One entry for each preset, and a global user id that none of them may fall back to. */
const FILE = (jwksUrl: string) => `
general_settings:
  enable_jwt_auth: true
  litellm_jwtauth: { user_id_jwt_field: login, team_id_jwt_field: squad, roles_jwt_field: rights }
gatehouse:
  issuers:
    - { preset: github-actions, owners: [octo-org], audience: https://llm.acme.example, jwks_url: ${jwksUrl} }
    - { preset: gitlab, namespaces: my-group, audience: https://llm.acme.example, jwks_url: ${jwksUrl} }
    - { preset: kubernetes, issuer: https://cluster.acme.example, namespaces: [prod], audience: gatehouse, jwks_url: ${jwksUrl} }
    - { preset: spiffe, trust_domain: acme.example, audience: gatehouse, jwks_url: ${jwksUrl} }
`;

let harness: PrincipalHarness;

beforeAll(async () => {
  harness = await PrincipalHarness.start(FILE);
});

afterAll(async () => {
  await harness.stop();
});

describe('a token of GitHub Actions', () => {
  const claims = {
    jti: 'example-id',
    sub: 'repo:octo-org/octo-repo:environment:prod',
    environment: 'prod',
    aud: 'https://llm.acme.example',
    ref: 'refs/heads/main',
    sha: 'example-sha',
    repository: 'octo-org/octo-repo',
    repository_owner: 'octo-org',
    actor_id: '12',
    repository_visibility: 'private',
    repository_id: '74',
    repository_owner_id: '65',
    run_id: 'example-run-id',
    runner_environment: 'github-hosted',
    actor: 'octocat',
    workflow: 'example-workflow',
    head_ref: '',
    base_ref: '',
    event_name: 'workflow_dispatch',
    ref_type: 'branch',
    job_workflow_ref: 'octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
    iss: 'https://token.actions.githubusercontent.com',
  };

  test('is the repository at its ref, without team, roles or email of the global fields', async () => {
    const odd = { ...claims, squad: 'x', login: 'y', rights: ['z'], client_id: 'team' };
    expect(await harness.principal(odd)).toMatchObject({
      userId: 'repo:octo-org/octo-repo:refs/heads/main',
      subject: claims.sub,
      email: null,
      roles: [],
      teams: { teamId: null, listed: null, isRequired: false },
      rbacRole: 'internal_user',
    });
  });

  test.each([
    ['of another owner', { repository_owner: 'evil-org', repository: 'evil-org/octo-repo' }],
    ['without owner', { repository_owner: undefined }],
    ['without repository', { repository: undefined }],
    ['with the default audience of its owner', { aud: 'https://github.com/octo-org' }],
    ['without audience', { aud: undefined }],
  ])('%s is refused', async (_what, over) => {
    expect(await harness.result({ ...claims, ...over })).toBe('token_invalid');
  });
});

describe('a token of GitLab', () => {
  const claims = {
    namespace_id: '72',
    namespace_path: 'my-group/sub',
    project_id: '20',
    project_path: 'my-group/sub/my-project',
    user_id: '1',
    user_login: 'sample-user',
    user_email: 'sample-user@acme.example',
    pipeline_source: 'push',
    job_id: '302',
    ref: 'feature-branch-1',
    ref_type: 'branch',
    ref_path: 'refs/heads/feature-branch-1',
    ref_protected: 'false',
    runner_id: 1,
    jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
    iss: 'https://gitlab.com',
    aud: 'https://llm.acme.example',
    sub: 'project_path:my-group/sub/my-project:ref_type:branch:ref:feature-branch-1',
  };

  test('is its project at its ref, as GitLab itself names it', async () => {
    expect(await harness.principal(claims)).toMatchObject({ userId: claims.sub, email: null });
  });

  test.each([['other'], ['my-group2'], ['x/my-group'], [undefined]])(
    'of the group %p is refused',
    async (group) => {
      expect(await harness.result({ ...claims, namespace_path: group })).toBe('token_invalid');
    },
  );
});

describe('a token of Kubernetes', () => {
  const claims = {
    aud: ['gatehouse'],
    iss: 'https://cluster.acme.example',
    jti: 'aed34954-b33a-4142-b1ec-389d6bbb4936',
    'kubernetes.io': {
      namespace: 'prod',
      node: { name: 'my-node', uid: '646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1' },
      pod: { name: 'my-pod', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
      serviceaccount: { name: 'my-serviceaccount', uid: '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798' },
    },
    sub: 'system:serviceaccount:prod:my-serviceaccount',
  };

  test('is its service account, with the header that API servers write', async () => {
    expect(await harness.principal(claims, { typ: undefined })).toMatchObject({
      userId: claims.sub,
    });
  });

  test('of another namespace, or of none, is refused', async () => {
    const other = { ...claims['kubernetes.io'], namespace: 'dev' };
    expect(await harness.result({ ...claims, 'kubernetes.io': other })).toBe('token_invalid');
    expect(await harness.result({ ...claims, 'kubernetes.io': undefined })).toBe('token_invalid');
  });
});

describe('a JWT-SVID', () => {
  const claims = { aud: ['gatehouse'], sub: 'spiffe://acme.example/ns/prod/sa/bot' };

  test('is its workload, though it names no issuer', async () => {
    expect(await harness.principal(claims, { typ: 'JOSE' })).toMatchObject({
      issuer: 'spiffe://acme.example',
      userId: claims.sub,
      subject: claims.sub,
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ['of another trust domain', { sub: 'spiffe://evil.example/ns/prod' }],
    ['of a trust domain that begins alike', { sub: 'spiffe://acme.example.evil/x' }],
    ['without subject', { sub: undefined }],
    ['with a null issuer', { iss: null }],
  ])('%s has no issuer', async (_what, over) => {
    expect(await harness.result({ ...claims, ...over })).toBe('issuer_unknown');
  });

  test('without audience or expiry is refused', async () => {
    expect(await harness.result({ ...claims, aud: undefined })).toBe('token_invalid');
    expect(await harness.result({ ...claims, exp: undefined })).toBe('token_invalid');
  });
});
