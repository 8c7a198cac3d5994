// SPDX-License-Identifier: MIT
// An ELF64 executable for x86-64 in memory (System V ABI, gABI chapters 4 and 5), every offset
// checked when it is opened.
#pragma once
#include <elf.h>

#include <optional>
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

struct ElfFunction {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  std::string name;  // as in the symbol table
};

class ElfFile {
 public:
  // Throws Error if it is not one; `path` is what errors name.
  static ElfFile read(const Path& path);
  ElfFile(const Path& path, ByteVector bytes);

  const Path& path() const { return path_; }
  const ByteVector& bytes() const { return bytes_; }
  const Elf64_Ehdr& header() const { return header_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  std::optional<Elf64_Shdr> section(const std::string& name) const;
  // From .symtab; empty if it was stripped. Assembly labels in executable sections count.
  std::vector<ElfFunction> functions() const;

  // The file without sections, symbols and debug information: what a loader reads, and no more.
  ByteVector bare() const;

 private:
  const char* text(const Elf64_Shdr& table, std::uint32_t offset) const;
  const Elf64_Shdr* symbol_table() const;

  Path path_;
  ByteVector bytes_;
  Elf64_Ehdr header_{};
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace exo
