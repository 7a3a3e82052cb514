import { aUser } from '#support/access-builders';
import { MASTER_KEY, PipelineBench, type PipelineCase } from '#support/pipeline-bench';
import { AccessPipeline } from './access-pipeline.js';
import { JudgedCall } from './judged-call.js';
import { PIPELINE_PROVIDERS } from './pipeline-providers.js';

describe('the pipeline, with real tokens', () => {
  let bench: PipelineBench<JudgedCall>;

  beforeAll(async () => {
    bench = await PipelineBench.start({
      providers: PIPELINE_PROVIDERS,
      pipeline: AccessPipeline,
      call: JudgedCall,
    });
  });

  afterAll(async () => {
    await bench.stop();
  });

  beforeEach(() => {
    bench.reset();
  });

  it('refuses an account that another issuer has claimed', async () => {
    bench.records.users.set('alice', aUser({ boundIssuer: 'https://other' }));
    expect((await bench.judge({})).failure?.code).toBe('identity_conflict');
  });

  it('plans the rows of a first call and writes them once, when told to', async () => {
    const jwt = { userIdUpsert: true, teamIdUpsert: true };
    const claims = { sub: 'new', team: 'fresh' };
    const access = await bench.admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    expect(bench.records.written).toEqual([]);
    await Promise.all([access.admission.commit(), access.admission.commit()]);
    expect(bench.records.written).toEqual([
      'user new',
      'team fresh',
      'membership fresh:new',
      'end_user end',
    ]);
    expect(bench.records.transactions).toBe(1);
    const again = await bench.admit({ claims, jwt, body: { model: 'gpt-4o', user: 'end' } });
    await again.admission.commit();
    expect(bench.records.transactions).toBe(1);
  });

  it('tries a commit again that failed', async () => {
    const access = await bench.admit({ claims: { sub: 'new' }, jwt: { userIdUpsert: true } });
    bench.records.isDown = true;
    await expect(access.admission.commit()).rejects.toMatchObject({ code: 'database_unavailable' });
    bench.records.isDown = false;
    await access.admission.commit();
    expect(bench.records.written).toEqual(['user new', 'membership research:new']);
  });

  it('finds a user by a verified email address only, and asks for it once', async () => {
    bench.records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'unknown', email: 'z@acme.example' };
    expect((await bench.judge({ claims })).failure?.code).toBe('user_unknown');
    expect(
      (await bench.judge({ claims: { ...claims, email_verified: false } })).failure?.code,
    ).toBe('user_unknown');
    const verified: PipelineCase = { claims: { ...claims, email_verified: true } };
    expect((await bench.admit(verified)).attribution.userId).toBe('row-7');
    await bench.admit(verified);
    expect(bench.records.lookups.filter((one) => one.startsWith('email'))).toHaveLength(1);
    bench.records.users.delete('row-7');
    bench.records.feed.deliver('user', 'row-7');
    expect((await bench.judge(verified)).failure?.code).toBe('user_unknown');
  });

  it('never finds by its address the row of another identity, nor anything for a malformed id', async () => {
    const row = { userId: 'row-7', email: 'z@acme.example', boundIssuer: bench.issuer };
    const claims = { sub: 'mallory', email: 'z@acme.example', email_verified: true };
    bench.records.users.set('row-7', aUser({ ...row, boundSubject: 'victim' }));
    expect((await bench.judge({ claims })).failure?.code).toBe('user_unknown');
    bench.records.users.set('row-7', aUser({ ...row, boundIssuer: null }));
    bench.records.feed.deliver('user', 'row-7');
    const jwt = { userIdField: 'id' };
    const malformed = await bench.admit({ claims: { ...claims, id: ['mallory'] }, jwt });
    expect(malformed.attribution).toMatchObject({ subject: 'mallory', userId: null });
    const nameless = { claims: { ...claims, sub: undefined, id: 'm' }, jwt };
    expect((await bench.judge(nameless)).failure?.code).toBe('user_unknown');
    expect((await bench.admit({ claims })).attribution.userId).toBe('row-7');
  });

  it('links a row that was found by its address to the identity, once', async () => {
    bench.records.users.set('row-7', aUser({ userId: 'row-7', email: 'z@acme.example' }));
    const claims = { sub: 'zoe', email: 'z@acme.example', email_verified: true };
    await (await bench.admit({ claims })).admission.commit();
    bench.records.feed.deliver('user', 'row-7');
    expect(bench.records.users.get('row-7')).toMatchObject({
      boundIssuer: bench.issuer,
      boundSubject: 'zoe',
    });
    await (await bench.admit({ claims })).admission.commit();
    expect(bench.records.written).toEqual(['binding row-7', 'membership research:row-7']);
    expect((await bench.judge({ claims: { ...claims, sub: 'mallory' } })).failure?.code).toBe(
      'user_unknown',
    );
  });

  it('needs the database only for rows', async () => {
    bench.records.isDown = true;
    expect((await bench.judge({})).failure).toEqual({ code: 'database_unavailable', status: 503 });
    expect((await bench.judge({ token: MASTER_KEY })).failure).toBeNull();
    expect((await bench.judge({ token: 'a.b.c' })).failure?.code).toBe('token_invalid');
  });
});
