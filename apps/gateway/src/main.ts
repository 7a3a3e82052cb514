#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `gatehouse needs Node.js 24.11 or newer; this is ${process.versions.node}. \`npm start\` uses the one that \`npm ci\` brings.\n`,
  );
  process.exitCode = 1;
} else {
  // Imported only now: several dependencies cannot even be loaded by an older Node.
  await import('reflect-metadata');
  const { runCommandLine } = await import('./cli/run-command-line.js');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
