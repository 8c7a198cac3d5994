// SPDX-License-Identifier: MIT
// Looks up the function that an address lies in, in a SymbolTable (abi/archive.hpp). Safe on a
// damaged table: a panic may be why it is read.
#pragma once
#include "abi/archive.hpp"
#include "base/archive.hpp"

namespace base {

struct SymbolHit {
  const char* name = nullptr;  // nullptr: in no known function
  abi::u64 offset = 0;         // bytes from its first byte
};

// `table` is the Symbols entry of an archive, 8-byte aligned.
inline SymbolHit find_symbol(Bytes table, abi::u64 address) {
  if (table.size < sizeof(abi::SymbolTable)) return {};
  const auto& header = *reinterpret_cast<const abi::SymbolTable*>(table.data);
  const abi::u64 names = sizeof header + abi::u64{header.count} * sizeof(abi::Symbol);
  if (header.magic != abi::kSymbolMagic || header.text_bytes == 0) return {};
  if (table.size != names + header.text_bytes || table.data[table.size - 1] != 0) return {};
  const auto* symbols = reinterpret_cast<const abi::Symbol*>(table.data + sizeof header);
  abi::u32 low = 0;  // symbols[0..low) start at or below the address, symbols[high..) above
  abi::u32 high = header.count;
  while (low < high) {
    const abi::u32 middle = low + (high - low) / 2;
    if (symbols[middle].address <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return {};
  const abi::Symbol& symbol = symbols[low - 1];
  const abi::u64 offset = address - symbol.address;
  if ((symbol.size != 0 && offset >= symbol.size) || symbol.name >= header.text_bytes) return {};
  return {reinterpret_cast<const char*>(table.data + names + symbol.name), offset};
}

}  // namespace base
