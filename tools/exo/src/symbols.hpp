// SPDX-License-Identifier: MIT
// The table of function names that the kernel prints backtraces with (SymbolTable, abi/archive.hpp).
#pragma once
#include "elf_file.hpp"

namespace exo {

// Sorted by address, demangled, one name per address.
ByteVector symbol_table(const ElfFile& kernel);

}  // namespace exo
