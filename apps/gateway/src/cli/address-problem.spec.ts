import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { addressProblem } from './address-problem.js';

describe('an address that cannot be had', () => {
  test.each(['127.0.0.1', 'localhost', '0.0.0.0'])(
    'is reported with a remedy while another program uses the port (%s)',
    async (host) => {
      const other = createServer().listen(0, host);
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      expect(await addressProblem({ host, port })).toMatch(/is in use .*--port or PORT/);
      other.close();
      await once(other, 'close');
      expect(await addressProblem({ host, port })).toBeNull();
    },
  );

  it('is reported for an address of another machine and a name that does not exist', async () => {
    expect(await addressProblem({ host: '192.0.2.1', port: 0 })).toMatch(/--host or HOST/);
    expect(await addressProblem({ host: 'nowhere.invalid', port: 0 })).toMatch(/nowhere\.invalid/);
  });

  it('is free where the port is left to the system', async () => {
    expect(await addressProblem({ host: '127.0.0.1', port: 0 })).toBeNull();
  });
});
