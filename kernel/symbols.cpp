// SPDX-License-Identifier: MIT
#include "kernel/symbols.hpp"

namespace kernel {

namespace {

constinit const abi::Symbol* symbols = nullptr;
constinit const char* names = nullptr;
constinit abi::u32 count = 0, name_bytes = 0;

}  // namespace

void symbols_start(base::Bytes table) {
  const auto* header = reinterpret_cast<const abi::SymbolTable*>(table.data);
  if (table.size < sizeof *header || header->magic != abi::kSymbolMagic) return;
  if ((table.size - sizeof *header) / sizeof(abi::Symbol) < header->count) return;
  const abi::u64 rest = table.size - sizeof *header - header->count * sizeof(abi::Symbol);
  if (header->text_bytes > rest || header->text_bytes == 0) return;
  symbols = reinterpret_cast<const abi::Symbol*>(header + 1);
  count = header->count;
  names = reinterpret_cast<const char*>(symbols + count);
  name_bytes = header->text_bytes;
}

void symbol_of(abi::u64 address, base::Text& text) {
  abi::u32 low = 0, high = count;  // the last symbol at or below address is before `low`
  while (low < high) {
    const abi::u32 middle = low + (high - low) / 2;
    if (symbols[middle].address <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0 || symbols[low - 1].name >= name_bytes) return;
  text.put(names + symbols[low - 1].name).put("+0x").hex(address - symbols[low - 1].address);
}

}  // namespace kernel
