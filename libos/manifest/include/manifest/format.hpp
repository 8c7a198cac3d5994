// SPDX-License-Identifier: MIT
// The compiled manifest: what each environment of an image is and may touch. `exo build` writes it
// from a TOML file into the boot archive, and the root environment reads it (manifest/reader.hpp)
// and hands out exactly that. It says nothing about the machine that it will run on: CPUs are
// taken modulo the number there are, blocks are in units of 4 KiB on the first disk.
// One Header, then Env[env_count]; little-endian, fixed sizes, no padding.
#pragma once
#include "abi/cap.hpp"
#include "abi/net.hpp"
#include "abi/types.hpp"

namespace manifest {

using abi::u32;
using abi::u64;

inline constexpr u64 kMagic = 0x74736566696e614d;  // "Manifest"
inline constexpr u32 kVersion = 3;

inline constexpr u32 kMaxEnvs = 64;
inline constexpr u32 kNameSize = 16;     // of an environment, with the terminating zero
inline constexpr u32 kProgramSize = 32;  // of a program or an image, with the terminating zero
inline constexpr u32 kArgsSize = 256;    // with the terminating zero
inline constexpr u32 kMaxSliceClaims = 16;
inline constexpr u32 kMaxStartAfter = 3600;  // seconds
inline constexpr u32 kMaxStopWithin = 600;   // seconds
inline constexpr u32 kMaxInstances = 16;
inline constexpr u32 kMaxLogFrames = 64;  // of a log
inline constexpr u32 kMaxLogs = 16;       // that an environment may read

inline constexpr u64 kExtentUnit = 4096;       // bytes per unit of Extent::first and Extent::count
inline constexpr u64 kFirstExtent = 1u << 20;  // bytes at the start of the disk that no extent covers

// What an environment may look at or use beside its own share; bits of Env::capabilities.
enum Capability : u32 {
  kConsole = 1,  // write lines to the console
  kTime = 2,     // map the time page
  kLedger = 4,   // map the ledger and the frame table, read-only
  kMachine = 8,  // power the machine off
  kCreate = 16,  // make environments of its own out of its own quota
  kSlices = 32,  // claim positions of any CPU that nobody holds, and idle time
};
inline constexpr u32 kAllCapabilities = kConsole | kTime | kLedger | kMachine | kCreate | kSlices;

// Positions in the slice vector of one CPU.
struct SliceClaim {
  u32 cpu;     // modulo the machine's number of CPUs
  u32 count;   // 1..abi::kSlicePositions
  u32 spread;  // 0: any positions, next to each other if there are; 1: as far apart as possible
  u32 reserved;
};
static_assert(sizeof(SliceClaim) == 16 && __has_unique_object_representations(SliceClaim));

// Rights to an extent whose holder hands its blocks out, by an ownership table (abi/extent.hpp).
inline constexpr u32 kManage = abi::kRead | abi::kWrite | abi::kGrant | abi::kCreate | abi::kControl;

// Part of the first disk. count == 0: none.
struct Extent {
  u64 first;    // in units of kExtentUnit from the start of the disk
  u64 count;    // in units of kExtentUnit
  u32 rights;   // abi::kRead, abi::kRead | abi::kWrite, or kManage
  u32 content;  // Content
};
static_assert(sizeof(Extent) == 24 && __has_unique_object_representations(Extent));

enum Content : u32 {
  kEmpty = 0,
  kSite = 1,  // a file pack (libos/pack) starts at its first byte
  kRaw = 2,   // bytes of a file
};

// A predicate over packets, in classic BPF. length == 0: none, the environment gets no such capability.
struct Filter {
  u32 length;  // instructions
  u32 reserved;
  abi::BpfInsn code[abi::kMaxFilterInsns];
};
static_assert(sizeof(Filter) == 8 + 8 * abi::kMaxFilterInsns && __has_unique_object_representations(Filter));

enum NetworkFlag : u32 {
  kNetwork = 1,    // the environment has a network at all; if not set, the rest of Network is zero
  kDhcp = 2,       // asks for its address; address, prefix and gateway are zero
  kBroadcast = 4,  // its receive predicate takes IP broadcasts too
  kShared = 8,     // others have the same address, and what answers it may reach one of them instead
  kIp6 = 16,       // it has IPv6 too
};

// IPv4 addresses are numbers: 10.0.2.15 is 0x0a00020f.
struct Network {
  u32 flags;  // NetworkFlag
  u32 address;
  u32 prefix;   // bits of the network part, 0..32
  u32 gateway;  // 0: none
  u32 port;     // TCP port that it serves, 0: none
  u32 publish;  // port of the host that `exo run` forwards to it, 0: none
  u32 prefix6;  // bits, 0..128
  u32 reserved;
  abi::u8 address6[16];  // in transmission order; all zero with kIp6: what routers advertise
  abi::u8 gateway6[16];  // all zero: none, or what routers advertise
  Filter receive;
  Filter send;
};
static_assert(sizeof(Network) == 64 + 2 * sizeof(Filter) && __has_unique_object_representations(Network));

struct Env {
  char name[kNameSize];        // printable ASCII, zero-terminated, unique in the manifest
  char program[kProgramSize];  // name of a Root or Program entry of the archive
  u32 frames;                  // guaranteed quota, its page tables and kernel pages included
  u32 capabilities;            // Capability bits
  u32 slice_claims;            // how many of `slices` count
  u32 idle;                    // weight of its claim to idle time of CPUs where it has positions; 0: none
  u32 borrow;                  // frames that root may lend it beyond that, and take back
  u32 start_after;             // seconds between the start of the machine and its own
  u32 instances;               // how many it is one of, which share address and extent; 0: it is alone
  u32 instance;                // which of them: the first has what only one can have
  u32 stop_within;             // seconds that it gets when the machine is to stop; 0: it is not asked
  u32 reserved;
  u32 log_frames;      // a ring of root's memory that it may write; 0: none
  u32 log_count;       // how many of `logs` count
  u32 logs[kMaxLogs];  // whose rings it may read: numbers of environments in the manifest
  SliceClaim slices[kMaxSliceClaims];
  Extent extent;
  Network network;
  char args[kArgsSize];  // free text for the program, zero-terminated
};
static_assert(sizeof(Env) ==
              96 + 4 * kMaxLogs + 16 * kMaxSliceClaims + sizeof(Extent) + sizeof(Network) + kArgsSize);
static_assert(__has_unique_object_representations(Env));

// Env 0 is always the root environment itself: what it keeps.
struct Header {
  u64 magic;      // kMagic
  u32 version;    // kVersion
  u32 env_count;  // 1..kMaxEnvs
  u64 bytes;      // sizeof(Header) + env_count * sizeof(Env)
  u64 memory;     // defaults of `exo run`: bytes of memory,
  u64 disk;       // bytes of the disk that the extents were laid out on,
  u32 cpus;       // number of CPUs
  u32 reserved;
  char name[kProgramSize];  // of the image, zero-terminated
};
static_assert(sizeof(Header) == 80 && __has_unique_object_representations(Header));

}  // namespace manifest
