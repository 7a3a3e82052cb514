import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '#support/client';
import { eventually } from '#support/eventually';
import { startFakeUpstream, type FakeUpstream } from '#support/fake-upstream';
import { GatewayProcess } from '#support/gateway-process';
import { TestIssuer } from '#support/issuer';
import { describeWithPostgres } from '#support/postgres';

jest.setTimeout(120_000);

/** A way to make the disk fail, and to mend it. */
interface Fault {
  readonly name: string;
  readonly words: RegExp;
  /** Why it cannot be made on this machine, or `null`. */
  readonly missing: () => string | null;
  /** Whether calls can still be recorded in the file that is open. */
  readonly callsGoOn?: true;
  readonly make: (place: Place) => void;
  readonly mend: (place: Place) => void;
}

interface Place {
  readonly dataDir: string;
  readonly pid: number;
}

const run = (...[command, ...args]: [string, ...string[]]): boolean =>
  spawnSync(command, args).status === 0;

const canMount = (): string | null =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'needs Linux and root to mount';

const FAULTS: readonly Fault[] = [
  {
    name: 'the disk is full',
    words: /disk is full \(ENOSPC\)/,
    missing: canMount,
    make: ({ dataDir }) => {
      const file = openSync(join(dataDir, 'filler'), 'w');
      try {
        for (let size = 65_536; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
          fillWith(file, size);
        }
      } finally {
        closeSync(file);
      }
    },
    mend: ({ dataDir }) => {
      rmSync(join(dataDir, 'filler'));
    },
  },
  {
    name: 'the file system has become read-only',
    words: /read-only \(EROFS\)/,
    missing: canMount,
    // A file that is open for writing forbids to remount the file system itself, so another view of
    // it is laid over: files that are open go on, new ones are refused.
    callsGoOn: true,
    make: ({ dataDir }) => {
      mustRun('mount', '--bind', dataDir, dataDir);
      mustRun('mount', '-o', 'remount,ro,bind', dataDir);
    },
    mend: ({ dataDir }) => {
      mustRun('umount', '--lazy', dataDir);
    },
  },
  {
    name: 'files may not grow any more',
    words: /size of a file is reached \(EFBIG\)/,
    missing: () => (run('prlimit', '--version') ? null : 'needs prlimit'),
    make: ({ pid }) => {
      mustRun('prlimit', '--pid', String(pid), '--fsize=0:unlimited');
    },
    mend: ({ pid }) => {
      mustRun('prlimit', '--pid', String(pid), '--fsize=unlimited:unlimited');
    },
  },
  {
    name: 'the directory has been replaced by a file',
    words: /a file is where a directory should be/,
    missing: () => null,
    make: ({ dataDir }) => {
      renameSync(join(dataDir, 'journal'), join(dataDir, 'away'));
      writeFileSync(join(dataDir, 'journal'), '');
    },
    mend: ({ dataDir }) => {
      rmSync(join(dataDir, 'journal'));
    },
  },
];

function fillWith(file: number, size: number): void {
  try {
    while (writeSync(file, Buffer.alloc(size)) > 0);
  } catch {
    // Nothing of this size fits any more.
  }
}

function mustRun(...command: [string, ...string[]]): void {
  if (!run(...command)) throw new Error(`${command.join(' ')} failed`);
}

describeWithPostgres('a spend journal that cannot be written', (server) => {
  let issuer: TestIssuer;
  let upstream: FakeUpstream;
  let parent: string;
  let dataDir: string;

  beforeEach(async () => {
    issuer = await TestIssuer.start();
    upstream = await startFakeUpstream();
    parent = mkdtempSync(join(tmpdir(), 'gatehouse-disk-'));
    dataDir = join(parent, 'data');
    mkdirSync(dataDir);
    if (canMount() === null) mustRun('mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dataDir);
  });

  afterEach(async () => {
    while (canMount() === null && run('umount', '--lazy', dataDir));
    rmSync(parent, { recursive: true, force: true });
    await upstream.close();
    await issuer.stop();
  });

  async function withGateway(
    use: (client: Client, place: Place, admin: Client) => Promise<void>,
  ): Promise<void> {
    const databaseUrl = await server().createDatabase();
    const around = { issuer, upstreamUrl: upstream.url, dataDir, databaseUrl };
    const gateway = await GatewayProcess.start(around);
    try {
      const admin = Client.admin(gateway.url);
      await admin.post('/team/new', { team_id: 'research' });
      const token = await issuer.sign({ email: 'a@acme.example', team: 'research' });
      await use(new Client(gateway.url, token), { dataDir, pid: gateway.pid }, admin);
    } finally {
      await gateway.kill();
    }
  }

  const chat = (client: Client) =>
    client.post<{ error?: { reason: string } }>('/v1/chat/completions', {
      model: 'test-model',
      messages: [{ role: 'user', content: 'hello' }],
    });
  const readiness = (client: Client) =>
    client.get<{ status: string; db: string; causes?: string[] }>('/health/readiness');

  for (const fault of FAULTS) {
    const reason = fault.missing();
    if (reason !== null) {
      it.skip(`${fault.name}: skipped, ${reason}`, () => undefined);
      continue;
    }

    it(`is a cause of its own for readiness and calls when ${fault.name}, until it is mended`, async () => {
      await withGateway(async (client, place, admin) => {
        expect((await chat(client)).status).toBe(200);
        expect((await readiness(client)).status).toBe(200);
        fault.make(place);
        // No call has failed yet: the probe itself notices.
        await eventually(async () => {
          const probed = await readiness(client);
          expect(probed.status).toBe(503);
          expect(probed.json).toMatchObject({
            db: 'connected',
            causes: ['spend_journal_unavailable'],
          });
        });
        const details = await admin.get<{ spend_journal_problem: string }>(
          '/health/readiness/details',
        );
        expect(details.json.spend_journal_problem).toMatch(fault.words);
        expect(details.json.spend_journal_problem).not.toContain('/');
        if (fault.callsGoOn !== true) {
          // What is left of the last block of a full disk still takes some records.
          const refused = await eventually(async () => {
            const response = await chat(client);
            expect(response.status).toBe(503);
            return response;
          });
          expect(refused.json.error?.reason).toBe('spend_journal_unavailable');
        }
        fault.mend(place);
        await eventually(async () => {
          expect((await readiness(client)).status).toBe(200);
        });
        expect((await chat(client)).status).toBe(200);
      });
    });
  }

  const limited = FAULTS.find(({ name }) => name.startsWith('files may not'));
  const lacking = limited?.missing() ?? null;
  const test = lacking === null ? it : it.skip;

  test('is seen by readiness at once when a call has found it out', async () => {
    await withGateway(async (client, place) => {
      expect((await chat(client)).status).toBe(200);
      expect((await readiness(client)).status).toBe(200);
      limited?.make(place);
      // Within the second in which the probe before counts.
      expect((await chat(client)).json.error?.reason).toBe('spend_journal_unavailable');
      expect((await readiness(client)).json.causes).toEqual(['spend_journal_unavailable']);
    });
  });
});
