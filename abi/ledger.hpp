// SPDX-License-Identifier: MIT
// The ledger: the kernel's own tables, mapped read-only into environments that hold a Frames
// capability for them. A query is a memory read, not a system call. Entries are written by the
// kernel while others read: a reader that needs several fields to agree reads `version` before and
// after (even and unchanged means nothing was being changed).
#pragma once
#include "abi/cap.hpp"
#include "abi/disk.hpp"
#include "abi/env.hpp"
#include "abi/extent.hpp"
#include "abi/frame.hpp"
#include "abi/net.hpp"
#include "abi/slice.hpp"
#include "abi/types.hpp"
#include "abi/wake.hpp"

namespace abi {

enum class DeviceType : u8 { None = 0, Nvme = 1, VirtioBlk = 2, VirtioNet = 3 };

struct DeviceEntry {
  u64 blocks;      // disks: capacity
  u64 operations;  // commands or packets taken by the device
  u64 errors;
  u64 private_first;  // disks: blocks [private_first, private_end) hold the ownership table, and no
  u64 private_end;    // command may name them
  u32 block_size;     // disks: bytes per block; network: MTU
  u8 mac[6];          // network
  DeviceType type;
  u8 own_queues;   // disks: how many of them can be queue pairs of the device's own
  u32 max_queues;  // disks: queues that environments may open in all
  u64 recoveries;  // disks: times that a command did not come back and the device had to be freed from it
};
static_assert(sizeof(DeviceEntry) == 64);

// Where a table lies inside the ledger.
struct TableInfo {
  u32 offset;  // bytes from the start of the ledger
  u32 entry_size;
  u32 count;
  u32 reserved;
};

inline constexpr u64 kLedgerMagic = 0x72656764654c7845;  // "ExLedger"
inline constexpr u32 kLedgerVersion = 1;

// First page of the ledger.
struct LedgerHeader {
  u64 magic;
  u32 format;  // kLedgerVersion
  u32 cpu_count;
  u64 version;              // sequence counter of the kernel's changes
  u64 clock;                // hand-over clock: grows with every frame that changes hands
  u64 bytes;                // of the whole ledger
  TableInfo envs;           // EnvEntry
  TableInfo caps;           // CapEntry
  TableInfo filters;        // FilterEntry
  TableInfo bindings;       // BindingEntry
  TableInfo cpus;           // CpuEntry
  TableInfo devices;        // DeviceEntry
  TableInfo queues;         // QueueEntry
  u64 frame_count;          // entries of the frame table, which has a capability of its own
  u64 frames_total;         // frames that environments can own
  u64 frames_free;          // Free and Quarantine
  u64 archive_bytes;        // length of the boot archive
  TableInfo extent_tables;  // ExtentTable
  TableInfo extents;        // ExtentEntry
  TableInfo shapes;         // ShapeEntry
};
static_assert(sizeof(LedgerHeader) == 40 + 7 * 16 + 32 + 3 * 16);

inline constexpr u64 kTimeMagic = 0x656d69546f7845;  // "ExoTime"

// The time page, for everyone.
struct TimePage {
  u64 magic;
  u64 tsc_hz;       // TSC cycles per second
  u64 boot_tsc;     // TSC when the kernel started
  u64 boot_unix_s;  // wall clock then, seconds since 1970 UTC; 0 if there is no clock
};

// Frames that one of root's capabilities covers.
struct FrameRange {
  u32 first;
  u32 count;
};

// What the kernel tells the root environment about its own address space: rsi at Start points to
// one, read-only, at kRootInfoAddress.
struct RootInfo {
  u32 root_table;      // Table4
  u32 table_count;     // page tables below it that follow
  u32 tables[16];      // frames: the Table3, Table2s and Table1s that the kernel built
  u64 table_base[16];  // first virtual address each translates
  u8 table_level[16];  // 1..3
  u64 image_base;      // the root program, page aligned
  u64 image_end;
  FrameRange ledger;  // what kRootLedger .. kRootArchive cover
  FrameRange frame_table;
  FrameRange time_page;
  FrameRange archive;
};
inline constexpr u64 kRootInfoAddress = 0x3fd000;  // then the upcall page, then the image at 4 MiB
inline constexpr u64 kRootUpcallAddress = 0x3fe000;
inline constexpr u64 kRootStackTop = 0x3fc000;  // eight pages below
inline constexpr u32 kRootStackPages = 8;

}  // namespace abi
