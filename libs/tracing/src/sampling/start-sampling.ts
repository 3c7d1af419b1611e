import type { Sampler } from '@opentelemetry/sdk-trace';
import type { TelemetryLogger } from '../diagnostics.ts';
import type { SamplerSettings } from '../settings/sampler-settings.ts';
import { pollStrategies } from './endpoint-strategies.ts';
import { followStrategiesFile } from './file-strategies.ts';
import { MeshSampler } from './mesh-sampler.ts';
import { probabilistic, type RootDecision } from './root-decision.ts';
import { samplingFile } from './sampling-file.ts';

/** What decides which traces of a process are kept. */
export interface Sampling {
  readonly sampler: Sampler;
  /** Stops looking for other strategies; the last ones stay. */
  readonly stop: () => void;
}

/** Begins to sample `service` as the settings say. Keeps no process alive. */
export function startSampling(service: string, settings: SamplerSettings, logger: TelemetryLogger): Sampling {
  const { decision, stop } = rootOf(service, settings, logger);
  const { parentBased, kind } = settings.sampler;
  // Off is off, whatever a caller would like.
  const forcible = kind !== 'always_off';
  return { sampler: new MeshSampler({ root: decision, parentBased, forcible, service }), stop };
}

interface Root {
  readonly decision: RootDecision;
  readonly stop: () => void;
}

function rootOf(service: string, settings: SamplerSettings, logger: TelemetryLogger): Root {
  const { sampler } = settings;
  const follow = () => followStrategiesFile({ service, ...samplingFile(settings.samplingFile), logger });
  switch (sampler.kind) {
    case 'always_on':
      return fixed(probabilistic(1, service));
    case 'always_off':
      return fixed(probabilistic(0, service));
    case 'ratio':
      return fixed(probabilistic(sampler.ratio, service));
    case 'file':
      return follow();
    case 'endpoint': {
      const { initialSamplingRate: rate, endpoint, pollingIntervalMs } = sampler;
      const until = rate === undefined ? follow() : fixed(probabilistic(rate, service));
      const polled = pollStrategies({
        service,
        endpoint,
        pollingIntervalMs,
        untilAnswered: until.decision,
        onAnswered: until.stop,
        logger,
      });
      return {
        decision: polled.decision,
        stop() {
          until.stop();
          polled.stop();
        },
      };
    }
  }
}

function fixed(decision: RootDecision): Root {
  return { decision, stop: () => {} };
}
