import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type {
  Server,
  ServerDuplexStream,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';

type OpenStream = ServerWritableStream<unknown, unknown> | ServerDuplexStream<unknown, unknown>;

/** Health and reflection: answered to the last, outside hooks and counts. */
export interface AuxiliaryServices {
  /** Lets clients look up the services that are known by now, and health. Called once, before listening. */
  reflect(): void;
  setServing(service: string, serving: boolean): void;
  /** Every service is NOT_SERVING from now on, whatever is set later. */
  stopServing(): void;
  /** Ends watches and reflection streams, which their clients would keep open for ever. */
  endStreams(): void;
}

export function addAuxiliaryServices(server: Server, reflection?: PackageDefinition): AuxiliaryServices {
  const health = new HealthImplementation();
  const known = new Set<string>();
  const open = new Set<OpenStream>();
  let stopped = false;

  const tracking = {
    addService(service: Parameters<Server['addService']>[0], handlers: UntypedServiceImplementation) {
      server.addService(service, trackStreams(handlers, open));
    },
  };
  health.addToServer(tracking);

  return {
    reflect() {
      if (!reflection) return;
      // The package may describe services that others serve: theirs must not be listed here.
      const services = ['grpc.health.v1.Health', ...known];
      const described = { ...loadSync(healthProto), ...reflection };
      new ReflectionService(described, { services }).addToServer(tracking);
    },
    setServing(service, serving) {
      known.add(service);
      health.setStatus(service, serving && !stopped ? 'SERVING' : 'NOT_SERVING');
    },
    stopServing() {
      stopped = true;
      for (const service of known) health.setStatus(service, 'NOT_SERVING');
    },
    endStreams() {
      for (const stream of open) stream.end();
    },
  };
}

function trackStreams(
  handlers: UntypedServiceImplementation,
  open: Set<OpenStream>,
): UntypedServiceImplementation {
  const tracked: UntypedServiceImplementation = {};
  for (const [name, handler] of Object.entries(handlers)) {
    tracked[name] = ((call: OpenStream, callback?: unknown) => {
      if (!callback) {
        open.add(call);
        call.on('cancelled', () => open.delete(call));
      }
      (handler as (call: unknown, callback: unknown) => void)(call, callback);
    }) as UntypedServiceImplementation[string];
  }
  return tracked;
}
