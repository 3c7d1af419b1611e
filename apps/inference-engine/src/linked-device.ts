import type { DeviceInit } from '@ryzanstein/contracts/gpu';
import type { Backend } from './backends/backend.ts';
import { LeaseGate } from './domain/lease-gate.ts';
import type { DeviceOrder, DeviceStatus, LinkedEngine } from './ports.ts';

// Leases beyond the slots, so that no slot idles while one request hands over to the next.
const spareLeases = 2;

/** A backend's device as the coordinator sees it: what it is, how busy, and who may run on it. */
export class LinkedDevice implements LinkedEngine {
  readonly leases: LeaseGate;
  /** Told when the status changed. */
  onChange: () => void = () => {};
  readonly #backend: Backend;
  #draining = false;
  #gpuId = 0;

  constructor(backend: Backend, leaseRequired: boolean) {
    this.#backend = backend;
    this.leases = new LeaseGate(leaseRequired, () => this.onChange());
    backend.onLiveChange(() => this.onChange());
  }

  /** What does not change about it. */
  get description(): Omit<DeviceInit, 'load'> & { readonly deviceId: string } {
    const { device, model, slots } = this.#backend;
    return {
      deviceId: device.id,
      kind: device.kind,
      name: device.name,
      model: model.name,
      contextLength: model.contextTokens,
      slots,
      capacity: slots + spareLeases,
    };
  }

  /** The coordinator's number for it; 0 until it gave one. */
  get gpuId(): number {
    return this.#gpuId;
  }

  /** It is to get no new work: it is about to stop, or can run nothing. */
  get draining(): boolean {
    return this.#draining || !this.#backend.live;
  }

  /** From now on the coordinator is to send no new work. */
  drain(): void {
    this.#draining = true;
    this.onChange();
  }

  status(): DeviceStatus {
    const { model, slots, load } = this.#backend;
    const { active, queued, contextTokens, memoryUsedBytes, memoryTotalBytes } = load;
    return {
      running: this.leases.running,
      highestEpoch: this.leases.highestEpoch,
      draining: this.draining,
      load: {
        active,
        queued,
        kvTokensUsed: contextTokens,
        kvTokensLimit: slots * model.contextTokens,
        memoryUsedBytes,
        memoryTotalBytes,
      },
    };
  }

  obey(order: DeviceOrder): void {
    this.#gpuId = order.gpuId ?? this.#gpuId;
    this.leases.apply(order);
  }
}
