// SPDX-License-Identifier: MIT
// Numbers of the virtio standard (OASIS virtio 1.1) that both transports and all devices share.
#pragma once
#include "abi/types.hpp"

namespace drivers::virtio {
using namespace abi;

enum class Type : u16 { None = 0, Net = 1, Blk = 2 };  // 5: device types

// 2.1 Device status field.
inline constexpr u8 kAcknowledge = 1;
inline constexpr u8 kDriver = 2;
inline constexpr u8 kDriverOk = 4;
inline constexpr u8 kFeaturesOk = 8;
inline constexpr u8 kFailed = 128;

// 6: features that belong to no device type.
inline constexpr u64 kRingIndirect = 1ul << 28;
inline constexpr u64 kVersion1 = 1ul << 32;

// 5.1 Network device.
inline constexpr u64 kNetSum = 1ul << 0;  // VIRTIO_NET_F_CSUM
inline constexpr u64 kNetGuestSum = 1ul << 1;
inline constexpr u64 kNetMac = 1ul << 5;
inline constexpr u64 kNetCut4 = 1ul << 11;  // VIRTIO_NET_F_HOST_TSO4, 6
inline constexpr u64 kNetCut6 = 1ul << 12;
inline constexpr u16 kNetReceiveQueue = 0;
inline constexpr u16 kNetTransmitQueue = 1;
struct NetHeader {  // 5.1.6; all zero: no offload, one buffer a packet
  u8 flags;
  u8 cut_type;
  u16 header_length;
  u16 cut;
  u16 sum_start;
  u16 sum_offset;  // from sum_start
  u16 buffers;
};
inline constexpr u32 kNetHeaderBytes = 12;
static_assert(sizeof(NetHeader) == kNetHeaderBytes);
inline constexpr u8 kNetNeedsSum = 1, kNetSumValid = 2;  // flags
inline constexpr u8 kNetCutTcp4 = 1, kNetCutTcp6 = 4;    // cut_type

// 5.2 Block device.
inline constexpr u64 kBlkSizeMax = 1ul << 1;
inline constexpr u64 kBlkSegMax = 1ul << 2;
inline constexpr u64 kBlkBlockSize = 1ul << 6;
inline constexpr u64 kBlkFlush = 1ul << 9;
inline constexpr u32 kBlkConfigCapacity = 0;  // offsets in the configuration, 5.2.4
inline constexpr u32 kBlkConfigSizeMax = 8;
inline constexpr u32 kBlkConfigSegMax = 12;
inline constexpr u32 kBlkConfigBlockSize = 20;
inline constexpr u32 kSectorBytes = 512;  // unit of capacity and of BlkHeader::sector

enum class BlkType : u32 { In = 0, Out = 1, Flush = 4, GetId = 8 };
struct BlkHeader {
  BlkType type;
  u32 reserved;
  u64 sector;
};
static_assert(sizeof(BlkHeader) == 16);
inline constexpr u32 kBlkIdBytes = 20;
inline constexpr u8 kBlkOk = 0;

}  // namespace drivers::virtio
