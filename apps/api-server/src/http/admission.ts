import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CheckKey } from '../api-keys.ts';

export interface AdmissionOptions {
  /** Absent: anyone may call. */
  readonly checkKey: CheckKey | undefined;
  /** Routes that ask nobody: probes have no key. */
  readonly openPaths: readonly string[];
  /** Answers who asks whether a page of another site may call: nobody is offered that. */
  readonly refusePreflight: (request: FastifyRequest, reply: FastifyReply) => unknown;
}

/** Who calls, as their key says; undefined where none is asked for. */
export type SubjectOf = (request: FastifyRequest) => string | undefined;

/** Refuses, before a body is read, who may not call. To be added behind tracing, whose spans it is to stand in. */
export function addAdmission(app: FastifyInstance, options: AdmissionOptions): SubjectOf {
  const { checkKey, openPaths, refusePreflight } = options;
  const subjects = new WeakMap<FastifyRequest, string>();
  const plugin = (instance: FastifyInstance, _options: unknown, loaded: () => void): void => {
    instance.addHook('onRequest', (request, reply, done) => {
      if (request.method === 'OPTIONS') return void refusePreflight(request, reply);
      const { url } = request.routeOptions;
      if (checkKey === undefined || (url !== undefined && openPaths.includes(url))) return done();
      try {
        subjects.set(request, checkKey([request.headers.authorization]));
        done();
      } catch (refusal) {
        done(refusal as Error);
      }
    });
    loaded();
  };
  // Else the hook would go for the routes of the plugin alone, which has none.
  app.register(Object.assign(plugin, { [Symbol.for('skip-override')]: true }));
  return (request) => subjects.get(request);
}
