import type { MetricRecorder, ServerCallHook, SpanAttributes, Tracer } from '@ryzanstein/tracing';
import { currentSpan, idleRecorder, TraceContext } from '@ryzanstein/tracing';
import type { Grant } from './domain/decision.ts';
import { behindAttributes, linksOf, waitAttributes } from './lease-wait.ts';
import type { LeaseTelemetry, Unserved, Wait } from './ports.ts';

const acquireMethod = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';

/** Decorates the calls' SERVER spans, records the wait of those that waited, and measures all waits. */
export function createLeaseTelemetry(tracer: Tracer, metrics: MetricRecorder = idleRecorder): LeaseTelemetry {
  const own = tracer.scoped('@ryzanstein/gpu-coordinator');
  function measure(waitedMs: number, outcome: 'granted' | Unserved['outcome'], model?: string): void {
    const labels = { 'ryzanstein.model': model, 'ryzanstein.lease.outcome': outcome };
    metrics.histogram('ryzanstein.lease.wait.duration', labels).record(waitedMs / 1_000);
  }

  function recordWait(wait: Wait, attributes: SpanAttributes, errorType?: string): void {
    own.recordSpan({
      name: 'gpu.lease.wait',
      parent: TraceContext.current(),
      startEpochMs: wait.startEpochMs,
      endEpochMs: wait.endEpochMs,
      attributes: { ...attributes },
      links: linksOf(wait),
      ...(errorType === undefined ? {} : { error: { type: errorType } }),
    });
  }

  return {
    current: () => TraceContext.current(),
    queued(position, behind) {
      // The span of a call that is abandoned ends before anybody here hears of it.
      currentSpan()?.setAttributes({
        'ryzanstein.lease.queue_position': position,
        ...behindAttributes(behind),
      });
    },
    granted(grant, waitedMs, wait) {
      const attributes = grantAttributes(grant, waitedMs, wait);
      currentSpan()?.setAttributes({ ...attributes, ...placementAttributes(grant) });
      measure(waitedMs, 'granted', grant.lease.place.model);
      if (wait !== undefined) recordWait(wait, attributes);
    },
    unserved(end, wait) {
      const attributes = unservedAttributes(end, wait);
      currentSpan()?.setAttributes(attributes);
      // What it asked for may be no model at all, and so is no label.
      measure(end.waitedMs, end.outcome);
      if (wait !== undefined) recordWait(wait, attributes, end.errorType);
    },
    released({ leaseId, outcome, blockedMs, blocked }) {
      currentSpan()?.setAttributes({
        'ryzanstein.lease.blocked_ms': blockedMs,
        'ryzanstein.lease.blocked_count': blocked.count,
        'ryzanstein.lease.outcome': outcome,
        ...(blocked.requestIds.length === 0
          ? {}
          : { 'ryzanstein.lease.blocked_requests': [...blocked.requestIds] }),
        ...(leaseId === undefined ? {} : { 'ryzanstein.lease.id': leaseId }),
      });
    },
  };
}

/**
 * Goes round the calls' own hook. A call that its caller abandons is over, span and all, before its
 * handler knows: what became of it is written at the moment of its end.
 */
export function withAbandonedAcquires(inner: ServerCallHook): ServerCallHook {
  return (call, next) =>
    inner(call, () => {
      if (call.method === acquireMethod) {
        const span = currentSpan();
        const startMs = performance.now();
        call.onEnd(({ code }) => {
          const outcome =
            code === 'DEADLINE_EXCEEDED' ? 'expired' : code === 'CANCELLED' ? 'cancelled' : undefined;
          if (outcome === undefined) return;
          span?.setAttributes({
            'ryzanstein.lease.outcome': outcome,
            'ryzanstein.lease.waited_ms': performance.now() - startMs,
          });
        });
      }
      next();
    });
}

function grantAttributes({ lease, reason }: Grant, waitedMs: number, wait: Wait | undefined): SpanAttributes {
  const { gpuId, gpuKind, gpuName } = lease.place;
  return {
    'ryzanstein.lease.id': lease.leaseId,
    'ryzanstein.lease.epoch': Number(lease.epoch),
    'ryzanstein.lease.waited_ms': waitedMs,
    'ryzanstein.lease.queue_position': wait?.position ?? 0,
    'ryzanstein.lease.outcome': 'granted',
    'ryzanstein.lease.reason': reason,
    'ryzanstein.gpu.kind': gpuKind,
    'ryzanstein.gpu.name': gpuName,
    ...waitAttributes(wait),
    ...(gpuId === undefined ? {} : { 'ryzanstein.gpu.id': gpuId }),
  };
}

function placementAttributes({ placement }: Grant): SpanAttributes {
  if (placement === undefined) return {};
  const { reason, candidates, filtered } = placement;
  return {
    'ryzanstein.placement.reason': reason,
    'ryzanstein.placement.candidates': candidates,
    ...(filtered.length === 0 ? {} : { 'ryzanstein.placement.filtered': [...filtered] }),
  };
}

function unservedAttributes({ outcome, reason, waitedMs }: Unserved, wait: Wait | undefined): SpanAttributes {
  return {
    'ryzanstein.lease.waited_ms': waitedMs,
    'ryzanstein.lease.queue_position': wait?.position ?? 0,
    'ryzanstein.lease.outcome': outcome,
    'ryzanstein.lease.reason': reason,
    ...waitAttributes(wait),
  };
}
