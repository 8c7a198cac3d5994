// SPDX-License-Identifier: MIT
// Ownership of disk blocks. A disk may hold one table, at the start of the range that it manages, which
// says whom each stretch of blocks belongs to; it survives reboots and crashes (docs/ownership-table.md
// has it byte by byte). The kernel keeps a copy in the ledger, readable without a call.
#pragma once
#include "abi/types.hpp"

namespace abi {

inline constexpr u32 kExtentTables = 2;  // disks with a table in use at once
inline constexpr u32 kExtentPages = 16;  // pages of a table; each is stored twice
inline constexpr u32 kExtentsPerPage = 64;
inline constexpr u32 kExtentsPerTable = kExtentPages * kExtentsPerPage;
inline constexpr u32 kMaxExtents = kExtentTables * kExtentsPerTable;
inline constexpr u64 kOwnershipBytes = 2 * kExtentPages * kPageSize;  // that a table takes on the disk

// One owned stretch of blocks, on the disk and in the ledger. All zero: the place is free.
struct ExtentEntry {
  u64 start;      // first block, absolute
  u64 blocks;     // how many, 0: free
  u64 owner_low;  // the owner's identifier, 16 bytes that mean something to whoever hands blocks out
  u64 owner_high;
  u32 flags;  // 0
  u32 reserved;
};
static_assert(sizeof(ExtentEntry) == 40 && __has_unique_object_representations(ExtentEntry));

enum class ExtentTableState : u8 {
  None = 0,     // no table of a disk is loaded here
  Loading = 1,  // being read or formatted
  Loaded = 2,
  Failed = 3,   // the device failed an update: what is on the disk is not known until it is loaded again
  Damaged = 4,  // a page has no valid copy, or pages contradict each other: nothing is handed out
};

// What the kernel knows about one table; its entries are extents[t * kExtentsPerTable ..]. In the ledger.
struct ExtentTable {
  u64 start;                     // first block of the managed range: the table itself, then what it hands out
  u64 blocks;                    // of the managed range
  u64 id;                        // made when it was formatted
  u64 generation[kExtentPages];  // of the newest copies, or greater after a recovery
  u64 updates;                   // made durable since it was loaded
  u32 newest;                    // bit p: the second copy of page p is the newest one
  u32 used;                      // entries that are not free
  u32 intact;                    // while Loading: bit p, a copy of page p is intact
  u16 device;
  ExtentTableState state;
  u8 reserved;
};
static_assert(sizeof(ExtentTable) == 176 && __has_unique_object_representations(ExtentTable));

// What a page says about itself, in its first sector; the other sectors have zeros there.
struct ExtentHead {
  u64 magic;
  u32 version;
  u32 page;   // its number, 0..kExtentPages-1
  u64 id;     // ExtentTable::id
  u64 start;  // of the managed range, blocks
  u64 blocks;
  u32 block_size;  // bytes
  u32 reserved[4];
  u32 crc;  // CRC-32 (IEEE 802.3) of the page with this field zero
};
static_assert(sizeof(ExtentHead) == 64);

// A disk writes sectors, whole or up to some byte. So the generation stands at the end of each: a page of
// sectors with different ones was never written completely, whatever its checksum says.
inline constexpr u32 kExtentsPerSector = 8;
struct ExtentSector {
  ExtentHead head;
  ExtentEntry entries[kExtentsPerSector];
  u8 unused[120];  // 0
  u64 generation;  // greater with every update of this page
};
static_assert(sizeof(ExtentSector) == 512 && __has_unique_object_representations(ExtentSector));

// One page on the disk, little-endian. Copy c of page p lies kPageSize * (c * kExtentPages + p) bytes
// behind the start of the managed range.
struct ExtentPage {
  ExtentSector sectors[kExtentsPerPage / kExtentsPerSector];
};
static_assert(sizeof(ExtentPage) == kPageSize);
inline constexpr u64 kExtentMagic = 0x72656e774f6f7845;  // "ExoOwner"
inline constexpr u32 kExtentVersion = 1;

// What extent_format does.
enum class ExtentFormat : u32 {
  Load = 0,     // reads the table that is there
  Create = 1,   // makes an empty one, unless there is one already, intact or damaged
  Replace = 2,  // makes an empty one, whatever is there
};

}  // namespace abi
