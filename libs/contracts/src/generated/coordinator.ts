import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AcquireRequest as _ryzanstein_gpu_v1_AcquireRequest, AcquireRequest__Output as _ryzanstein_gpu_v1_AcquireRequest__Output } from './ryzanstein/gpu/v1/AcquireRequest.ts';
import type { Device as _ryzanstein_gpu_v1_Device, Device__Output as _ryzanstein_gpu_v1_Device__Output } from './ryzanstein/gpu/v1/Device.ts';
import type { DeviceCommand as _ryzanstein_gpu_v1_DeviceCommand, DeviceCommand__Output as _ryzanstein_gpu_v1_DeviceCommand__Output } from './ryzanstein/gpu/v1/DeviceCommand.ts';
import type { DeviceReport as _ryzanstein_gpu_v1_DeviceReport, DeviceReport__Output as _ryzanstein_gpu_v1_DeviceReport__Output } from './ryzanstein/gpu/v1/DeviceReport.ts';
import type { DeviceState as _ryzanstein_gpu_v1_DeviceState, DeviceState__Output as _ryzanstein_gpu_v1_DeviceState__Output } from './ryzanstein/gpu/v1/DeviceState.ts';
import type { GpuCoordinatorClient as _ryzanstein_gpu_v1_GpuCoordinatorClient, GpuCoordinatorDefinition as _ryzanstein_gpu_v1_GpuCoordinatorDefinition } from './ryzanstein/gpu/v1/GpuCoordinator.ts';
import type { HeldLease as _ryzanstein_gpu_v1_HeldLease, HeldLease__Output as _ryzanstein_gpu_v1_HeldLease__Output } from './ryzanstein/gpu/v1/HeldLease.ts';
import type { KeepAliveRequest as _ryzanstein_gpu_v1_KeepAliveRequest, KeepAliveRequest__Output as _ryzanstein_gpu_v1_KeepAliveRequest__Output } from './ryzanstein/gpu/v1/KeepAliveRequest.ts';
import type { KeepAliveResponse as _ryzanstein_gpu_v1_KeepAliveResponse, KeepAliveResponse__Output as _ryzanstein_gpu_v1_KeepAliveResponse__Output } from './ryzanstein/gpu/v1/KeepAliveResponse.ts';
import type { Lease as _ryzanstein_gpu_v1_Lease, Lease__Output as _ryzanstein_gpu_v1_Lease__Output } from './ryzanstein/gpu/v1/Lease.ts';
import type { LeaseEvent as _ryzanstein_gpu_v1_LeaseEvent, LeaseEvent__Output as _ryzanstein_gpu_v1_LeaseEvent__Output } from './ryzanstein/gpu/v1/LeaseEvent.ts';
import type { ListDevicesRequest as _ryzanstein_gpu_v1_ListDevicesRequest, ListDevicesRequest__Output as _ryzanstein_gpu_v1_ListDevicesRequest__Output } from './ryzanstein/gpu/v1/ListDevicesRequest.ts';
import type { ListDevicesResponse as _ryzanstein_gpu_v1_ListDevicesResponse, ListDevicesResponse__Output as _ryzanstein_gpu_v1_ListDevicesResponse__Output } from './ryzanstein/gpu/v1/ListDevicesResponse.ts';
import type { Load as _ryzanstein_gpu_v1_Load, Load__Output as _ryzanstein_gpu_v1_Load__Output } from './ryzanstein/gpu/v1/Load.ts';
import type { ReleaseRequest as _ryzanstein_gpu_v1_ReleaseRequest, ReleaseRequest__Output as _ryzanstein_gpu_v1_ReleaseRequest__Output } from './ryzanstein/gpu/v1/ReleaseRequest.ts';
import type { ReleaseResponse as _ryzanstein_gpu_v1_ReleaseResponse, ReleaseResponse__Output as _ryzanstein_gpu_v1_ReleaseResponse__Output } from './ryzanstein/gpu/v1/ReleaseResponse.ts';
import type { RunningLease as _ryzanstein_gpu_v1_RunningLease, RunningLease__Output as _ryzanstein_gpu_v1_RunningLease__Output } from './ryzanstein/gpu/v1/RunningLease.ts';
import type { WatchLeasesRequest as _ryzanstein_gpu_v1_WatchLeasesRequest, WatchLeasesRequest__Output as _ryzanstein_gpu_v1_WatchLeasesRequest__Output } from './ryzanstein/gpu/v1/WatchLeasesRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ryzanstein: {
    gpu: {
      v1: {
        AcquireRequest: MessageTypeDefinition<_ryzanstein_gpu_v1_AcquireRequest, _ryzanstein_gpu_v1_AcquireRequest__Output>
        Device: MessageTypeDefinition<_ryzanstein_gpu_v1_Device, _ryzanstein_gpu_v1_Device__Output>
        DeviceCommand: MessageTypeDefinition<_ryzanstein_gpu_v1_DeviceCommand, _ryzanstein_gpu_v1_DeviceCommand__Output>
        DeviceReport: MessageTypeDefinition<_ryzanstein_gpu_v1_DeviceReport, _ryzanstein_gpu_v1_DeviceReport__Output>
        DeviceState: MessageTypeDefinition<_ryzanstein_gpu_v1_DeviceState, _ryzanstein_gpu_v1_DeviceState__Output>
        /**
         * Grants leases on the devices that engines report.
         * 
         * State is soft: after a restart it is rebuilt from the engines' reports and the holders'
         * KeepAlive streams. Lease ids that nobody lists run out with their TTL.
         */
        GpuCoordinator: SubtypeConstructor<typeof grpc.Client, _ryzanstein_gpu_v1_GpuCoordinatorClient> & { service: _ryzanstein_gpu_v1_GpuCoordinatorDefinition }
        HeldLease: MessageTypeDefinition<_ryzanstein_gpu_v1_HeldLease, _ryzanstein_gpu_v1_HeldLease__Output>
        KeepAliveRequest: MessageTypeDefinition<_ryzanstein_gpu_v1_KeepAliveRequest, _ryzanstein_gpu_v1_KeepAliveRequest__Output>
        KeepAliveResponse: MessageTypeDefinition<_ryzanstein_gpu_v1_KeepAliveResponse, _ryzanstein_gpu_v1_KeepAliveResponse__Output>
        Lease: MessageTypeDefinition<_ryzanstein_gpu_v1_Lease, _ryzanstein_gpu_v1_Lease__Output>
        LeaseEvent: MessageTypeDefinition<_ryzanstein_gpu_v1_LeaseEvent, _ryzanstein_gpu_v1_LeaseEvent__Output>
        ListDevicesRequest: MessageTypeDefinition<_ryzanstein_gpu_v1_ListDevicesRequest, _ryzanstein_gpu_v1_ListDevicesRequest__Output>
        ListDevicesResponse: MessageTypeDefinition<_ryzanstein_gpu_v1_ListDevicesResponse, _ryzanstein_gpu_v1_ListDevicesResponse__Output>
        Load: MessageTypeDefinition<_ryzanstein_gpu_v1_Load, _ryzanstein_gpu_v1_Load__Output>
        ReleaseRequest: MessageTypeDefinition<_ryzanstein_gpu_v1_ReleaseRequest, _ryzanstein_gpu_v1_ReleaseRequest__Output>
        ReleaseResponse: MessageTypeDefinition<_ryzanstein_gpu_v1_ReleaseResponse, _ryzanstein_gpu_v1_ReleaseResponse__Output>
        RunningLease: MessageTypeDefinition<_ryzanstein_gpu_v1_RunningLease, _ryzanstein_gpu_v1_RunningLease__Output>
        WatchLeasesRequest: MessageTypeDefinition<_ryzanstein_gpu_v1_WatchLeasesRequest, _ryzanstein_gpu_v1_WatchLeasesRequest__Output>
      }
    }
  }
}

