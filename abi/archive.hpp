// SPDX-License-Identifier: MIT
// The boot archive: what an image carries beside the kernel. `exo build` appends it to the kernel's
// ELF file and points the last PT_LOAD at it, so that any PVH loader puts it into memory, page
// aligned. Little-endian. base/archive.hpp reads it with every offset checked.
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class ArchiveKind : u32 {
  Root = 1,      // ELF64 executable: the program of the root environment. Exactly one
  Program = 2,   // ELF64 executable, without debug information. One per program, however many envs run it
  Manifest = 3,  // compiled manifest (libos/manifest/include/manifest/format.hpp). Exactly one
  Symbols = 4,   // SymbolTable of the kernel, for backtraces. At most one
};

inline constexpr u64 kArchiveMagic = 0x6576696863724145;  // "EArchive"
inline constexpr u32 kArchiveVersion = 1;
inline constexpr u32 kMaxArchiveEntries = 128;
inline constexpr u32 kArchiveNameSize = 32;

// At the first byte of the archive. ArchiveEntry[entry_count] follows it immediately.
struct ArchiveHeader {
  u64 magic;
  u64 bytes;         // of the whole archive, this header included; a multiple of kPageSize
  u64 kernel_bytes;  // of the image file before the archive
  u32 version;       // kArchiveVersion
  u32 entry_count;   // 1..kMaxArchiveEntries
  u32 kernel_crc;    // base::crc32 of kernel_bytes, for the host tool: a loader scatters them
  u32 body_crc;      // base::crc32 of all bytes after this header
  u32 frames_used;   // of the machine's, from the first on, that the kernel keeps books of; 0: all
  u32 header_crc;    // base::crc32 of the bytes of this header before this field
};
static_assert(sizeof(ArchiveHeader) == 48 && __has_unique_object_representations(ArchiveHeader));

struct ArchiveEntry {
  char name[kArchiveNameSize];  // zero-terminated: the program's name; "manifest"; "kernel.symbols"
  u64 offset;                   // from the start of the archive; a multiple of kPageSize
  u64 length;                   // bytes, without the zeros that fill its last page
  ArchiveKind kind;
  u32 reserved;
  u64 reserved2;
};
static_assert(sizeof(ArchiveEntry) == 64 && __has_unique_object_representations(ArchiveEntry));

// Names of the kernel's functions: SymbolTable, then Symbol[count] sorted by address, then
// `text_bytes` of zero-terminated names, demangled.
struct SymbolTable {
  u32 magic;  // kSymbolMagic
  u32 count;
  u32 text_bytes;
  u32 reserved;
};
static_assert(sizeof(SymbolTable) == 16);
inline constexpr u32 kSymbolMagic = 0x4d595345;  // "ESYM"

struct Symbol {
  u64 address;  // virtual, of the function's first byte
  u32 size;     // bytes; 0 where the assembler did not say
  u32 name;     // offset into the names
};
static_assert(sizeof(Symbol) == 16);

}  // namespace abi
