import { createLogger, readConfig, runProcess, type Logger } from '@ryzanstein/runtime';
import { traceboxConfig } from './config.ts';
import { startTracebox } from './tracebox.ts';

let logger: Logger | undefined;

await runProcess({
  name: 'tracebox',
  graceMs: 2_000,
  underLauncher: process.env.RYZ_UNDER_LAUNCHER === '1',
  // It stays small beside the mesh, and nobody waits for what it writes.
  youngHeapMiB: 2,
  logger: () => logger,
  async start() {
    const config = readConfig(traceboxConfig, process.env);
    logger = createLogger({ service: 'tracebox', level: config.logLevel });
    const tracebox = await startTracebox({
      ...config,
      maxAgeMs: config.maxAgeHours * 3_600_000,
      logger,
    });
    logger.info(tracebox.addresses, 'takes OTLP and shows traces');
    return tracebox;
  },
});
