import fc from 'fast-check';
import { databaseAddress } from './database-address.js';
import { canonicalDatabaseAddress } from './database-address-forms.js';

describe('the address of a database', () => {
  it.each([
    'postgresql://u:p@h:5432/d',
    'postgres://h/d',
    'POSTGRESQL://h/d',
    'postgresql:///d?host=/tmp',
    'postgresql://u:p@%2Fvar%2Frun%2Fpostgresql/d',
    'postgresql://u:p@[fd00::5]:5432/d?sslmode=require',
    'postgresql://u@h/d?connection_limit=5&schema=public',
    'postgresql://u@h/d?sslrootcert=system',
    'postgresql://u@h/d?sslmode=verify-full&sslrootcert=system',
  ])('is taken as it is: %s', (address) => {
    expect(databaseAddress(address)).toBeNull();
    expect(canonicalDatabaseAddress(address)).toBe(address);
  });

  it.each([
    ['host=h port=5433 dbname=d user=u password=p', 'postgresql://u:p@h:5433/d'],
    ['host = h  dbname = d', 'postgresql://h/d'],
    [
      String.raw`user=u password='p @\'\\%/' host=h dbname=d`,
      "postgresql://u:p%20%40'%5C%25%2F@h/d",
    ],
    [String.raw`host=h password=a\ b user='' dbname=d`, 'postgresql://:a%20b@h/d'],
    ['host=::1 dbname=d sslmode=verify-full', 'postgresql://[::1]/d?sslmode=verify-full'],
    [
      'host=/var/run/postgresql dbname=d user=u',
      'postgresql://u@localhost/d?host=%2Fvar%2Frun%2Fpostgresql',
    ],
    ['dbname=d', 'postgresql://localhost/d'],
  ])("in libpq's keyword form becomes a URI: %s", (address, uri) => {
    expect(databaseAddress(address)).toBeNull();
    expect(canonicalDatabaseAddress(address)).toBe(uri);
  });

  it.each([
    ['postgresql://h?dbname=d&user=u@tenant&password=p', 'postgresql://u%40tenant:p@h/d'],
    ['postgresql://h/d?port=6432', 'postgresql://h:6432/d'],
    ['postgresql://h/a%40b%2Fc', 'postgresql://h/a@b/c'],
    ['  postgresql://u:p@h/d\n', 'postgresql://u:p@h/d'],
  ])('is written as the driver understands it: %s', (address, uri) => {
    expect(databaseAddress(address)).toBeNull();
    expect(canonicalDatabaseAddress(address)).toBe(uri);
  });

  it.each([
    'postgresql://u:p@/d?host=/cloudsql/project:region:instance',
    'postgresql://u:p@/d?host=%2Fcloudsql%2Fproject%3Aregion%3Ainstance',
    'postgresql://u:p@localhost/d?host=/cloudsql/project:region:instance',
    'postgresql://u:p@%2Fcloudsql%2Fproject:region:instance/d',
    'postgresql://u:p@%2Fcloudsql%2Fproject%3Aregion%3Ainstance:5432/d',
    'host=/cloudsql/project:region:instance dbname=d user=u password=p',
    "host='/cloudsql/project:region:instance' port=5432 dbname=d user=u password=p",
  ])('leads to the socket of Cloud SQL: %s', (address) => {
    expect(databaseAddress(address)).toBeNull();
    const url = new URL(canonicalDatabaseAddress(address));
    const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
    expect([host, url.username, url.password, url.pathname]).toEqual([
      '/cloudsql/project:region:instance',
      'u',
      'p',
      '/d',
    ]);
  });

  it.each(['any', 'read-write', 'primary', 'prefer-standby'])(
    'may ask one host for target_session_attrs=%s, which takes writes',
    (asked) => {
      expect(databaseAddress(`postgresql://h/d?target_session_attrs=${asked}`)).toBeNull();
    },
  );

  it.each([
    ['postgresql://u:p@h1:5432,h2:5432/d', 'several hosts'],
    ['postgresql://u:p@h1,h2/d?target_session_attrs=read-write', 'several hosts'],
    ['postgresql://u:p@[fd00::1]:5432,[fd00::2]:5432/d', 'several hosts'],
    ['postgresql:///d?host=h1,h2', 'several hosts'],
    ['host=h1,h2 port=5432,5433 dbname=d', 'several hosts'],
    ['postgresql://h/d?target_session_attrs=standby', 'takes no writes'],
    ['host=h target_session_attrs=read-only', 'takes no writes'],
    ['postgresql://h/d?target_session_attrs=master', 'unknown target_session_attrs'],
  ])(
    'that leads to several servers, or to one without writes, is refused: %s',
    (address, words) => {
      const objection = databaseAddress(address);
      expect(objection?.message).toContain(words);
      expect(objection?.remedy).toContain('the server that takes writes');
    },
  );

  it.each([
    ['mysql://h/d', 'is not a PostgreSQL address'],
    ['h/d', 'is not a PostgreSQL address'],
    ['postgresql+asyncpg://u:p@h/d', 'another driver'],
    ['jdbc:postgresql://h/d', 'another driver'],
    ['postgresql://u:p#w@h/d', 'percent-encoded'],
    ['postgresql://u:12#w@h/d', 'percent-encoded'],
    ['postgresql://u:12/w@h/d', 'percent-encoded'],
    ['postgresql://u:12?w@h/d', 'percent-encoded'],
    ['postgresql://u:100%@h/d', 'percent-encoded'],
    ['postgresql://u:p/w', 'has a port'],
    ['postgresql://h:70000/d', 'has a port'],
    ['host=h port=x', 'has a port'],
    ['postgresql://h/d?sslmode=sometimes', 'unknown sslmode'],
    ['host=h sslmode=on', 'unknown sslmode'],
    ['postgresql://h/d?sslrootcert=system&sslmode=require', 'sslrootcert=system'],
    ['host=h sslmode=verify-ca sslrootcert=system', 'sslrootcert=system'],
    ['host=h sslmode=disable sslrootcert=system', 'sslrootcert=system'],
    ['postgresql://h/d?schema=litellm', 'a schema'],
    ['host=h hostaddr=10.0.0.1', '"hostaddr"'],
    ['service=books', 'service file'],
    ['hots=h dbname=d', 'libpq does not know'],
    ["host=h password='open", 'a quote'],
    ['host=h dbname', 'a keyword without "="'],
    ['host=a/b dbname=d', 'a host'],
    ['host=project:region:instance dbname=d', 'a host'],
  ])('is refused in words: %s', (address, words) => {
    const objection = databaseAddress(address);
    expect(objection?.message).toContain(words);
    expect(objection?.remedy).not.toBe('');
  });

  it.each([
    'channel_binding=require&sslmode=require',
    'sslmode=require&channel_binding=prefer',
    'channel_binding=disable',
    'require_auth=scram-sha-256',
    'require_auth=md5,none',
    'require_auth=!password,!md5',
    'gssencmode=prefer',
    'gssencmode=disable',
    'sslcertmode=allow',
    'ssl_min_protocol_version=TLSv1.2',
    'ssl_max_protocol_version=TLSv1.3',
    'sslnegotiation=postgres',
    'sslnegotiation=direct&sslmode=require',
    'search_path=public',
    'options=-c%20search_path%3Dbooks',
  ])('may have a parameter that is honoured: %s', (query) => {
    expect(databaseAddress(`postgresql://u@h/d?${query}`)).toBeNull();
  });

  it.each([
    ['channel_binding=require&sslmode=disable', 'without TLS'],
    ['channel_binding=require&host=/tmp', 'without TLS'],
    ['channel_binding=on', 'unknown channel_binding'],
    ['require_auth=kerberos', 'require_auth'],
    ['require_auth=gss', 'require_auth'],
    ['require_auth=md5,!password', 'require_auth'],
    ['require_auth=!md5,!password,!scram-sha-256,!none', 'require_auth'],
    ['gssencmode=require', 'gssencmode'],
    ['sslcertmode=require', 'sslcertmode'],
    ['sslcertmode=disable', 'sslcertmode'],
    ['sslcrl=/etc/crl.pem', 'sslcrl'],
    ['sslcrldir=/etc/crl', 'sslcrldir'],
    ['ssl_min_protocol_version=TLSv1.3', 'ssl_min_protocol_version'],
    ['ssl_max_protocol_version=TLSv1.2', 'ssl_max_protocol_version'],
    ['requirepeer=postgres', 'requirepeer'],
    ['sslnegotiation=direct', 'sslnegotiation'],
    ['sslnegotiation=direct&sslmode=prefer', 'sslnegotiation'],
    ['search_path=books', 'search_path'],
  ])('is refused with a parameter that cannot be honoured: %s', (query, words) => {
    const objection = databaseAddress(`postgresql://u@h/d?${query}`);
    expect(objection?.message).toContain(words);
    expect(objection?.remedy).not.toBe('');
  });

  it('is evaluated without throwing, and what is accepted is a URI', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `postgresql://${text}`),
      fc.string().map((text) => `host=${text}`),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const isAccepted = databaseAddress(text) === null;
        expect(!isAccepted || URL.canParse(canonicalDatabaseAddress(text))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
