// SPDX-License-Identifier: MIT
#include "symbols.hpp"

#include <algorithm>
#include <cstring>

#include "abi/archive.hpp"
#include "demangle.hpp"

namespace exo {

ByteVector symbol_table(const ElfFile& kernel) {
  std::vector<ElfFunction> functions = kernel.functions();
  // Of two names for one address the sized one is better: the other is a label inside assembly.
  std::sort(functions.begin(), functions.end(), [](const ElfFunction& a, const ElfFunction& b) {
    return a.address != b.address ? a.address < b.address
           : a.size != b.size     ? a.size > b.size
                                  : a.name < b.name;
  });
  const auto same = [](const ElfFunction& a, const ElfFunction& b) { return a.address == b.address; };
  functions.erase(std::unique(functions.begin(), functions.end(), same), functions.end());

  std::string names;
  std::vector<abi::Symbol> symbols;
  for (const ElfFunction& function : functions) {
    symbols.push_back(
        {function.address, static_cast<abi::u32>(function.size), static_cast<abi::u32>(names.size())});
    names += demangle(function.name.c_str());
    names += '\0';
  }
  const abi::SymbolTable header{abi::kSymbolMagic, static_cast<abi::u32>(symbols.size()),
                                static_cast<abi::u32>(names.size()), 0};
  ByteVector bytes(sizeof header + symbols.size() * sizeof(abi::Symbol) + names.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  if (symbols.empty()) return bytes;
  std::memcpy(bytes.data() + sizeof header, symbols.data(), symbols.size() * sizeof(abi::Symbol));
  std::copy(names.begin(), names.end(), bytes.end() - static_cast<std::ptrdiff_t>(names.size()));
  return bytes;
}

}  // namespace exo
