// SPDX-License-Identifier: MIT
// Registers and structures of NVM Express 1.4, as far as we use them.
#pragma once
#include "abi/disk.hpp"

namespace drivers::nvme {
using namespace abi;

// 3.1: controller registers.
inline constexpr u64 kCapabilities = 0x00;   // CAP, 64 bits
inline constexpr u64 kConfiguration = 0x14;  // CC
inline constexpr u64 kStatus = 0x1c;         // CSTS
inline constexpr u64 kAdminSizes = 0x24;     // AQA
inline constexpr u64 kAdminSubmission = 0x28;
inline constexpr u64 kAdminCompletion = 0x30;
inline constexpr u64 kDoorbells = 0x1000;  // 3.1.24

inline constexpr u32 kEnable = 1;
// I/O entries of 2^4 and 2^6 bytes, pages of 4 KiB, the NVM command set (3.1.5).
inline constexpr u32 kConfigurationValue = 4u << 20 | 6u << 16 | kEnable;
inline constexpr u32 kReady = 1;
inline constexpr u32 kFatal = 2;

// Fields of CAP (3.1.1).
struct Capabilities {
  u64 raw;
  u32 queue_entries() const { return static_cast<u32>(raw & 0xffff) + 1; }
  u64 timeout_ms() const { return ((raw >> 24 & 0xff) + 1) * 500; }
  u32 doorbell_stride() const { return 4u << (raw >> 32 & 15); }
  bool nvm_commands() const { return (raw >> 37 & 1) != 0; }
  bool pages_of_4k() const { return (raw >> 48 & 15) == 0; }
};

enum class Admin : u32 {  // 5: opcodes
  DeleteSubmission = 0x00,
  CreateSubmission = 0x01,
  DeleteCompletion = 0x04,
  CreateCompletion = 0x05,
  Identify = 0x06,
  Abort = 0x08,
  SetFeatures = 0x09,
};
inline constexpr u32 kFeatureQueues = 7;      // 5.21.1.7
inline constexpr u32 kIdentifyNamespace = 0;  // 5.15.1
inline constexpr u32 kIdentifyController = 1;
inline constexpr u32 kContiguous = 1;  // of create commands, 5.3 and 5.4
inline constexpr u32 kInterrupts = 2;

enum class Io : u32 { Flush = 0, Write = 1, Read = 2 };  // 6: opcodes
inline constexpr u32 kForceUnitAccess = 1u << 30;        // dword12 of a write, 6.15

// 4.2: a submission queue entry.
struct Command {
  u32 opcode;  // bits 16..31: command identifier
  u32 nsid;
  u64 reserved;
  u64 metadata;
  u64 prp1;
  u64 prp2;
  u32 dword10;
  u32 dword11;
  u32 dword12;
  u32 dword13;
  u32 dword14;
  u32 dword15;
};
static_assert(sizeof(Command) == 64);

inline constexpr u32 kQueueEntries = kDiskDepth;
static_assert(kQueueEntries * sizeof(Command) == kPageSize);

// What Identify tells, 5.15.2: byte offsets.
inline constexpr u32 kModelNumber = 24, kModelBytes = 40;
inline constexpr u32 kMaxTransfer = 77;   // MDTS: power of two of pages, 0 without limit
inline constexpr u32 kNamespaceSize = 0;  // of the namespace: blocks, 64 bits
inline constexpr u32 kFormattedSize = 26;
inline constexpr u32 kFormats = 128;  // 4 bytes each: metadata bytes, log2 of block size

}  // namespace drivers::nvme
