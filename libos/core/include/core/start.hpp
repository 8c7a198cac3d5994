// SPDX-License-Identifier: MIT
// The start page: what the root environment tells a child about itself. Root maps it read-only at
// kStartAddress and passes that address as EnvConfig::argument. It grants nothing: the capabilities
// it names are in the environment's table already.
#pragma once
#include "abi/cap.hpp"
#include "abi/env.hpp"
#include "abi/types.hpp"

namespace core {
using namespace abi;

inline constexpr u64 kStartMagic = 0x74726174536f7845;  // "ExoStart"
inline constexpr u32 kStartVersion = 1;

// Where root puts things in a child; the program itself is linked at 4 MiB.
inline constexpr u64 kStartAddress = 0x3fd000;   // StartInfo
inline constexpr u64 kUpcallAddress = 0x3fe000;  // UpcallPage
inline constexpr u64 kNoticeAddress = 0x3ff000;  // NoticePage
inline constexpr u64 kStackTop = 0x3fc000;
inline constexpr u32 kStackPages = 16;

inline constexpr u32 kMaxStartTables = 32;
inline constexpr u32 kArgsBytes = 256;

// A page table of the environment.
struct TableInfo {
  u32 frame;
  u32 level;  // 1..3
  u64 base;   // first virtual address that it translates
};

// A Frames capability and what it covers; slot kNone: none.
struct Window {
  u32 slot;
  u32 first;
  u32 count;
};

// Part of a disk, in the disk's own blocks. slot kNone: none.
struct ExtentInfo {
  u32 slot;
  u32 rights;  // kRead, kWrite
  u64 first;
  u64 count;
  u32 block_size;  // bytes
  u32 content;     // manifest::Content
};

// IPv4 addresses are numbers: 10.0.2.15 is 0x0a00020f. receive == kNone: no network.
struct NetworkInfo {
  u32 receive;  // slots
  u32 send;     // kNone: may only listen
  u32 flags;    // manifest::NetworkFlag
  u32 address;
  u32 prefix;
  u32 gateway;
  u32 port;
  u8 mac[6];
  u8 reserved[2];
  u32 prefix6;
  u8 address6[16];  // in transmission order; as in the manifest
  u8 gateway6[16];
};

// What root tells those whom the manifest gives time to stop, in a page that they may map: the time
// (core::now()) by which they are to have ended; 0: nobody wants the machine to stop.
struct StopNotice {
  u64 deadline;
};

// A log of another environment's that this one may read.
struct LogSource {
  Window window;
  char name[16];  // the writer's
};
inline constexpr u32 kMaxLogs = 16;

struct StartInfo {
  u64 magic;
  u32 version;
  u32 env;  // this environment's number
  char name[16];
  u32 root_table;  // Table4
  u32 table_count;
  TableInfo tables[kMaxStartTables];
  u64 image_base;  // the program, page aligned
  u64 image_end;
  u64 stack_base;
  u64 stack_top;
  u32 first_free_slot;  // capability slots from here on are empty
  u32 cpu_count;
  u32 frame_count;  // of the machine: frame numbers are below it
  u32 console;      // slots, kNone: none
  u32 machine;
  u32 create;  // Env capability to itself with kCreate
  u32 accept;  // empty slot, where a capability that comes with a call or a reply lands
  u32 slices;  // the first of cpu_count Slices capabilities, one for each CPU
  Window ledger;
  Window frame_table;
  Window time_page;
  u32 frames_left;  // of the quota, not owned yet at the start
  u64 tsc_hz;       // as in the time page; 0 without that capability
  u64 boot_tsc;
  u64 boot_unix_s;
  ExtentInfo extent;
  NetworkInfo network;
  Window stop;  // one frame, a StopNotice
  Window log;   // frames for a log of its own, which it may write
  u32 log_count;
  LogSource logs[kMaxLogs];
  char args[kArgsBytes];  // zero-terminated, from the manifest
};
static_assert(sizeof(StartInfo) <= kPageSize);

// Where it is. Every module may read it; nullptr before start-up.
extern const StartInfo* start_info;

}  // namespace core

// The program: called once, on the start stack. Its return ends the environment with code 0.
void app_main(const core::StartInfo& start);
