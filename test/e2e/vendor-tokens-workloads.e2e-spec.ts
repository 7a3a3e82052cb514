import { VendorHarness } from '#support/vendor-harness';

jest.setTimeout(120_000);

const AUDIENCE = 'https://llm.acme.example';

/** Presets know who a workload is; which team pays is each entry's own. */
const ISSUERS = (jwksUrl: string): string => `
    - { preset: google, hosted_domains: acme.example, audience: 1234.apps.googleusercontent.com, jwks_url: ${jwksUrl} }
    - { preset: github-actions, owners: [octo-org], audience: "${AUDIENCE}", claims: { team_id: repository_owner }, jwks_url: ${jwksUrl} }
    - { preset: gitlab, namespaces: my-group, audience: "${AUDIENCE}", claims: { team_ids: { path: namespace_path, regex: "^[^/]+" } }, jwks_url: ${jwksUrl} }
    - { preset: kubernetes, issuer: "https://my-cluster.acme.example", namespaces: [my-namespace], audience: "${AUDIENCE}", claims: { team_id: 'kubernetes\\.io.namespace' }, jwks_url: ${jwksUrl} }
    - { preset: spiffe, trust_domain: acme.example, audience: "${AUDIENCE}", claims: { team_id: { path: sub, regex: "/ns/([^/]+)/" } }, jwks_url: ${jwksUrl} }`;

/** Claims of people, which must not be read out of tokens of programs. */
const GLOBAL = `
    user_id_jwt_field: actor
    team_ids_jwt_field: groups
    roles_jwt_field: roles`;

/** Tokens of Google and of workloads, as their documentation describes them. */
describe('with a preset, a token', () => {
  let harness: VendorHarness;

  beforeAll(async () => {
    harness = await VendorHarness.start(ISSUERS, { jwtauth: GLOBAL });
    for (const id of ['octo-org', 'my-group', 'my-namespace', 'prod', 'stolen'])
      await harness.admin.post('/team/new', { team_id: id });
  });

  afterAll(async () => {
    await harness.stop();
  });

  /** "OpenID Connect", An ID token's payload (developers.google.com/identity/openid-connect/openid-connect). */
  describe('of Google', () => {
    const claims = {
      iss: 'https://accounts.google.com',
      azp: '1234.apps.googleusercontent.com',
      aud: '1234.apps.googleusercontent.com',
      sub: '10769150350006150715113082367',
      at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
      hd: 'acme.example',
      email: 'alice@acme.example',
      email_verified: true,
      nonce: '0394852-3190485-2490358',
    };

    it('is booked to its lasting id, with its email', async () => {
      expect(await harness.booked(claims)).toEqual({
        issuer: claims.iss,
        subject: claims.sub,
        user: claims.sub,
        team: null,
      });
      const { json } = await harness.admin.get(`/user/info?user_id=${claims.sub}`);
      expect(json.user_info).toMatchObject({ user_email: claims.email });
    });

    it.each([
      ['for another client', { aud: '5678.apps.googleusercontent.com' }],
      ['of a private account', { hd: undefined, email: 'eve@gmail.com' }],
      ['of another domain', { hd: 'other.example' }],
    ])('%s is 401', async (_what, over) => {
      expect(await harness.result({ ...claims, ...over })).toBe('401 token_invalid');
    });
  });

  /** "OpenID Connect reference", OIDC token claims and example subjects (docs.github.com/actions/reference/security/oidc). */
  describe('of GitHub Actions', () => {
    const claims = {
      jti: 'example-id',
      sub: 'repo:octo-org/octo-repo:environment:prod',
      environment: 'prod',
      aud: AUDIENCE,
      ref: 'refs/heads/main',
      sha: 'example-sha',
      repository: 'octo-org/octo-repo',
      repository_owner: 'octo-org',
      actor_id: '12',
      repository_visibility: 'private',
      repository_id: '74',
      repository_owner_id: '65',
      run_id: 'example-run-id',
      run_number: '10',
      run_attempt: '2',
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

    it('is booked to the repository at its ref, and to no person', async () => {
      const expected = {
        issuer: claims.iss,
        user: 'repo:octo-org/octo-repo:refs/heads/main',
        team: 'octo-org',
      };
      expect(await harness.booked(claims)).toEqual({ ...expected, subject: claims.sub });
      // Repositories made since 2026 have subjects with the ids of owner and repository.
      const sub = 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main';
      expect(await harness.booked({ ...claims, sub })).toEqual({ ...expected, subject: sub });
      const odd = { ...claims, groups: ['stolen'], roles: ['proxy_admin'] };
      expect(await harness.booked(odd)).toMatchObject({ team: 'octo-org' });
      expect((await harness.admin.get('/user/info?user_id=octocat')).status).toBe(404);
    });

    it.each([
      ['for its default audience', { aud: 'https://github.com/octo-org' }],
      ['of another owner', { repository_owner: 'evil-org', repository: 'evil-org/octo-repo' }],
      ['without a repository', { repository: undefined }],
    ])('%s is 401', async (_what, over) => {
      expect(await harness.result({ ...claims, ...over })).toBe('401 token_invalid');
    });
  });

  /** "OpenID Connect (OIDC) Authentication Using ID Tokens", Token payload (docs.gitlab.com/ci/secrets/id_token_authentication). */
  describe('of GitLab', () => {
    const claims = {
      namespace_id: '72',
      namespace_path: 'my-group/my-subgroup',
      project_id: '20',
      project_path: 'my-group/my-subgroup/my-project',
      user_id: '1',
      user_login: 'sample-user',
      user_email: 'sample-user@example.com',
      user_identities: [{ provider: 'github', extern_uid: '2435223452345' }],
      pipeline_id: '574',
      pipeline_source: 'push',
      job_id: '302',
      ref: 'feature-branch-1',
      ref_type: 'branch',
      ref_path: 'refs/heads/feature-branch-1',
      ref_protected: 'false',
      groups_direct: ['my-group/my-subgroup'],
      environment: 'test-environment2',
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: '714a629c0b401fdce83e847fc9589983fc6f46bc',
      project_visibility: 'public',
      jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
      iss: 'https://gitlab.com',
      sub: 'project_path:my-group/my-subgroup/my-project:ref_type:branch:ref:feature-branch-1',
      aud: AUDIENCE,
    };

    it('is booked to its project at its ref, and to the group above it', async () => {
      expect(await harness.booked(claims)).toEqual({
        issuer: claims.iss,
        subject: claims.sub,
        user: claims.sub,
        team: 'my-group',
      });
      expect((await harness.admin.get('/user/info?user_id=1')).status).toBe(404);
    });

    it.each([
      ['for its default audience', { aud: 'https://gitlab.com' }],
      ['of another group', { namespace_path: 'my-group-2' }],
      ['without a project', { project_path: undefined }],
    ])('%s is 401', async (_what, over) => {
      expect(await harness.result({ ...claims, ...over })).toBe('401 token_invalid');
    });
  });

  /**
   * "Managing Service Accounts", Schema for service account private claims
   * (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin).
   */
  describe('of Kubernetes', () => {
    const claims = {
      aud: [AUDIENCE],
      iss: 'https://my-cluster.acme.example',
      jti: 'aed34954-b33a-4142-b1ec-389d6bbb4936',
      'kubernetes.io': {
        namespace: 'my-namespace',
        node: { name: 'my-node', uid: '646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1' },
        pod: { name: 'my-pod', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
        serviceaccount: {
          name: 'my-serviceaccount',
          uid: '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798',
        },
      },
      sub: 'system:serviceaccount:my-namespace:my-serviceaccount',
    };
    // API servers write no typ.
    const header = { typ: undefined };

    it('is booked to its service account, and to its namespace', async () => {
      expect(await harness.booked(claims, header)).toEqual({
        issuer: claims.iss,
        subject: claims.sub,
        user: claims.sub,
        team: 'my-namespace',
      });
    });

    it.each([
      ['for the API server', { aud: ['https://kubernetes.default.svc.cluster.local'] }],
      [
        'of another namespace',
        { 'kubernetes.io': { ...claims['kubernetes.io'], namespace: 'default' } },
      ],
      ['without its private claims', { 'kubernetes.io': undefined }],
    ])('%s is 401', async (_what, over) => {
      expect(await harness.result({ ...claims, ...over }, header)).toBe('401 token_invalid');
    });
  });

  /** "The JWT SPIFFE Verifiable Identity Document" (github.com/spiffe/spiffe), sections 2 and 3. */
  describe('of SPIFFE', () => {
    const claims = { aud: [AUDIENCE], sub: 'spiffe://acme.example/ns/prod/sa/bot' };

    it.each([['JWT'], ['JOSE'], [undefined]])(
      'is booked to its workload, with the header typ %p and without an issuer',
      async (typ) => {
        expect(await harness.booked(claims, { typ })).toEqual({
          issuer: 'spiffe://acme.example',
          subject: claims.sub,
          user: claims.sub,
          team: 'prod',
        });
      },
    );

    it.each([
      ['for another service', { aud: ['reports'] }, '401 token_invalid'],
      ['without an audience', { aud: undefined }, '401 token_invalid'],
      ['without an end', { exp: undefined }, '401 token_invalid'],
      ['of another trust domain', { sub: 'spiffe://evil.example/ns/prod/x' }, '401 issuer_unknown'],
    ])('%s is 401', async (_what, over, expected) => {
      expect(await harness.result({ ...claims, ...over })).toBe(expected);
    });
  });
});
