import './pinned-node.mjs';

import { ensureBuild } from './ensure-build.mjs';

process.exitCode = (await ensureBuild({ force: true })) ? 0 : 1;
