// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AcquireRequest as _ryzanstein_gpu_v1_AcquireRequest, AcquireRequest__Output as _ryzanstein_gpu_v1_AcquireRequest__Output } from '../../../ryzanstein/gpu/v1/AcquireRequest.ts';
import type { DeviceCommand as _ryzanstein_gpu_v1_DeviceCommand, DeviceCommand__Output as _ryzanstein_gpu_v1_DeviceCommand__Output } from '../../../ryzanstein/gpu/v1/DeviceCommand.ts';
import type { DeviceReport as _ryzanstein_gpu_v1_DeviceReport, DeviceReport__Output as _ryzanstein_gpu_v1_DeviceReport__Output } from '../../../ryzanstein/gpu/v1/DeviceReport.ts';
import type { KeepAliveRequest as _ryzanstein_gpu_v1_KeepAliveRequest, KeepAliveRequest__Output as _ryzanstein_gpu_v1_KeepAliveRequest__Output } from '../../../ryzanstein/gpu/v1/KeepAliveRequest.ts';
import type { KeepAliveResponse as _ryzanstein_gpu_v1_KeepAliveResponse, KeepAliveResponse__Output as _ryzanstein_gpu_v1_KeepAliveResponse__Output } from '../../../ryzanstein/gpu/v1/KeepAliveResponse.ts';
import type { Lease as _ryzanstein_gpu_v1_Lease, Lease__Output as _ryzanstein_gpu_v1_Lease__Output } from '../../../ryzanstein/gpu/v1/Lease.ts';
import type { LeaseEvent as _ryzanstein_gpu_v1_LeaseEvent, LeaseEvent__Output as _ryzanstein_gpu_v1_LeaseEvent__Output } from '../../../ryzanstein/gpu/v1/LeaseEvent.ts';
import type { ListDevicesRequest as _ryzanstein_gpu_v1_ListDevicesRequest, ListDevicesRequest__Output as _ryzanstein_gpu_v1_ListDevicesRequest__Output } from '../../../ryzanstein/gpu/v1/ListDevicesRequest.ts';
import type { ListDevicesResponse as _ryzanstein_gpu_v1_ListDevicesResponse, ListDevicesResponse__Output as _ryzanstein_gpu_v1_ListDevicesResponse__Output } from '../../../ryzanstein/gpu/v1/ListDevicesResponse.ts';
import type { ReleaseRequest as _ryzanstein_gpu_v1_ReleaseRequest, ReleaseRequest__Output as _ryzanstein_gpu_v1_ReleaseRequest__Output } from '../../../ryzanstein/gpu/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _ryzanstein_gpu_v1_ReleaseResponse, ReleaseResponse__Output as _ryzanstein_gpu_v1_ReleaseResponse__Output } from '../../../ryzanstein/gpu/v1/ReleaseResponse.ts';
import type { WatchLeasesRequest as _ryzanstein_gpu_v1_WatchLeasesRequest, WatchLeasesRequest__Output as _ryzanstein_gpu_v1_WatchLeasesRequest__Output } from '../../../ryzanstein/gpu/v1/WatchLeasesRequest.ts';

/**
 * Grants leases on the devices that engines report.
 * 
 * State is soft: after a restart it is rebuilt from the engines' reports and the holders'
 * KeepAlive streams. Lease ids that nobody lists run out with their TTL.
 */
export interface GpuCoordinatorClient extends grpc.Client {
  /**
   * Waits in a fair queue until a device with the model has room, up to the caller's
   * deadline. A caller that cancels leaves the queue.
   * NOT_FOUND: live devices, but none with the model. UNAVAILABLE: no live device (with a
   * retry hint). INVALID_ARGUMENT: bad field. RESOURCE_EXHAUSTED: the queue is full.
   */
  Acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  Acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  Acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  Acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  /**
   * Waits in a fair queue until a device with the model has room, up to the caller's
   * deadline. A caller that cancels leaves the queue.
   * NOT_FOUND: live devices, but none with the model. UNAVAILABLE: no live device (with a
   * retry hint). INVALID_ARGUMENT: bad field. RESOURCE_EXHAUSTED: the queue is full.
   */
  acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  acquire(argument: _ryzanstein_gpu_v1_AcquireRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_Lease__Output>): grpc.ClientUnaryCall;
  
  /**
   * Renews leases; one stream per holder. Each message lists every lease the holder has,
   * and is answered with those that are no longer valid.
   */
  KeepAlive(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveResponse__Output>;
  KeepAlive(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveResponse__Output>;
  /**
   * Renews leases; one stream per holder. Each message lists every lease the holder has,
   * and is answered with those that are no longer valid.
   */
  keepAlive(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveResponse__Output>;
  keepAlive(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveResponse__Output>;
  
  /**
   * The devices known now, live or stale.
   */
  ListDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  ListDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  ListDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  ListDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  /**
   * The devices known now, live or stale.
   */
  listDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  listDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  listDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  listDevices(argument: _ryzanstein_gpu_v1_ListDevicesRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ListDevicesResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Gives a lease back. Idempotent: an unknown lease id, or another holder's, is
   * `released: false`, not an error.
   */
  Release(argument: _ryzanstein_gpu_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ryzanstein_gpu_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ryzanstein_gpu_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  Release(argument: _ryzanstein_gpu_v1_ReleaseRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Gives a lease back. Idempotent: an unknown lease id, or another holder's, is
   * `released: false`, not an error.
   */
  release(argument: _ryzanstein_gpu_v1_ReleaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ryzanstein_gpu_v1_ReleaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ryzanstein_gpu_v1_ReleaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  release(argument: _ryzanstein_gpu_v1_ReleaseRequest, callback: grpc.requestCallback<_ryzanstein_gpu_v1_ReleaseResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * One stream per engine: its devices and load up, revocations down. The engine is gone
   * when the stream ends or falls silent.
   */
  ReportDevices(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceCommand__Output>;
  ReportDevices(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceCommand__Output>;
  /**
   * One stream per engine: its devices and load up, revocations down. The engine is gone
   * when the stream ends or falls silent.
   */
  reportDevices(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceCommand__Output>;
  reportDevices(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceCommand__Output>;
  
  /**
   * Every change of a lease from now on, after the leases held now.
   */
  WatchLeases(argument: _ryzanstein_gpu_v1_WatchLeasesRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_gpu_v1_LeaseEvent__Output>;
  WatchLeases(argument: _ryzanstein_gpu_v1_WatchLeasesRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_gpu_v1_LeaseEvent__Output>;
  /**
   * Every change of a lease from now on, after the leases held now.
   */
  watchLeases(argument: _ryzanstein_gpu_v1_WatchLeasesRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_gpu_v1_LeaseEvent__Output>;
  watchLeases(argument: _ryzanstein_gpu_v1_WatchLeasesRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_gpu_v1_LeaseEvent__Output>;
  
}

/**
 * Grants leases on the devices that engines report.
 * 
 * State is soft: after a restart it is rebuilt from the engines' reports and the holders'
 * KeepAlive streams. Lease ids that nobody lists run out with their TTL.
 */
export interface GpuCoordinatorHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Waits in a fair queue until a device with the model has room, up to the caller's
   * deadline. A caller that cancels leaves the queue.
   * NOT_FOUND: live devices, but none with the model. UNAVAILABLE: no live device (with a
   * retry hint). INVALID_ARGUMENT: bad field. RESOURCE_EXHAUSTED: the queue is full.
   */
  Acquire: grpc.handleUnaryCall<_ryzanstein_gpu_v1_AcquireRequest__Output, _ryzanstein_gpu_v1_Lease>;
  
  /**
   * Renews leases; one stream per holder. Each message lists every lease the holder has,
   * and is answered with those that are no longer valid.
   */
  KeepAlive: grpc.handleBidiStreamingCall<_ryzanstein_gpu_v1_KeepAliveRequest__Output, _ryzanstein_gpu_v1_KeepAliveResponse>;
  
  /**
   * The devices known now, live or stale.
   */
  ListDevices: grpc.handleUnaryCall<_ryzanstein_gpu_v1_ListDevicesRequest__Output, _ryzanstein_gpu_v1_ListDevicesResponse>;
  
  /**
   * Gives a lease back. Idempotent: an unknown lease id, or another holder's, is
   * `released: false`, not an error.
   */
  Release: grpc.handleUnaryCall<_ryzanstein_gpu_v1_ReleaseRequest__Output, _ryzanstein_gpu_v1_ReleaseResponse>;
  
  /**
   * One stream per engine: its devices and load up, revocations down. The engine is gone
   * when the stream ends or falls silent.
   */
  ReportDevices: grpc.handleBidiStreamingCall<_ryzanstein_gpu_v1_DeviceReport__Output, _ryzanstein_gpu_v1_DeviceCommand>;
  
  /**
   * Every change of a lease from now on, after the leases held now.
   */
  WatchLeases: grpc.handleServerStreamingCall<_ryzanstein_gpu_v1_WatchLeasesRequest__Output, _ryzanstein_gpu_v1_LeaseEvent>;
  
}

export interface GpuCoordinatorDefinition extends grpc.ServiceDefinition {
  Acquire: MethodDefinition<_ryzanstein_gpu_v1_AcquireRequest, _ryzanstein_gpu_v1_Lease, _ryzanstein_gpu_v1_AcquireRequest__Output, _ryzanstein_gpu_v1_Lease__Output>
  KeepAlive: MethodDefinition<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveResponse, _ryzanstein_gpu_v1_KeepAliveRequest__Output, _ryzanstein_gpu_v1_KeepAliveResponse__Output>
  ListDevices: MethodDefinition<_ryzanstein_gpu_v1_ListDevicesRequest, _ryzanstein_gpu_v1_ListDevicesResponse, _ryzanstein_gpu_v1_ListDevicesRequest__Output, _ryzanstein_gpu_v1_ListDevicesResponse__Output>
  Release: MethodDefinition<_ryzanstein_gpu_v1_ReleaseRequest, _ryzanstein_gpu_v1_ReleaseResponse, _ryzanstein_gpu_v1_ReleaseRequest__Output, _ryzanstein_gpu_v1_ReleaseResponse__Output>
  ReportDevices: MethodDefinition<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceCommand, _ryzanstein_gpu_v1_DeviceReport__Output, _ryzanstein_gpu_v1_DeviceCommand__Output>
  WatchLeases: MethodDefinition<_ryzanstein_gpu_v1_WatchLeasesRequest, _ryzanstein_gpu_v1_LeaseEvent, _ryzanstein_gpu_v1_WatchLeasesRequest__Output, _ryzanstein_gpu_v1_LeaseEvent__Output>
}
