// SPDX-License-Identifier: MIT
// The ownership table on the disk: making pages, and recovery from what a crash or a torn sector left.
// Each page is stored twice; an update overwrites the older copy only, under a higher generation and with
// a new checksum, so the newer one is whole until the older one is. Pure: no input or output here.
#pragma once
#include "kernel/core/ownership.hpp"

namespace core {

// Where copy 0 or 1 of a page lies: its first block.
u64 ownership_page_block(u32 table, u32 page, u32 copy);

// Whether magic, version and checksum are right, and all sectors of one generation.
bool ownership_intact(const ExtentPage& page);

// The page that makes `change` so, and which copy it must overwrite.
void ownership_encode(const ExtentChange& change, ExtentPage& page);
u32 ownership_older_copy(const ExtentChange& change);

// ---- loading: begin, then every page once in order, then end.
// Takes a table for [start, start + blocks) of `device`; state Loading. NoDevice; NoSpace: all
// are in use; OutOfRange: the range is too short for a table. Occupied: the device has one that begins
// elsewhere.
Result<u32> ownership_begin(u16 device, u64 start, u64 blocks);
// Both copies of a page as they were read. Damaged: none is valid, or it contradicts what was loaded; the
// caller goes on to the end all the same.
Status ownership_load(u32 table, u32 page, const ExtentPage& a, const ExtentPage& b);
// A copy of the page could not be read, so nobody knows what updates were cut off there: the next one
// leaves a gap behind all that there can have been.
void ownership_skip(u32 table, u32 page);
// Ok: Loaded. Damaged, as the state then says. NotFound: no copy of any page was intact, so there is no
// table; the caller formats or forgets it.
Status ownership_end(u32 table, Status worst);

// ---- formatting: begin, then write both copies of every page, page 0 last, each group flushed.
// An empty page of generation 1.
void ownership_empty(u32 table, u64 id, u32 page, ExtentPage& out);
// All pages are on the disk.
void ownership_formatted(u32 table, u64 id);

// The outcome of an update is unknown: no more of them until the table is loaded again.
void ownership_fail(u32 table);
// Nothing of it is known any more.
void ownership_forget(u32 table);

}  // namespace core
