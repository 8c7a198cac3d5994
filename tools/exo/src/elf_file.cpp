// SPDX-License-Identifier: MIT
#include "elf_file.hpp"

#include <algorithm>
#include <cstring>

#include "error.hpp"

namespace exo {

namespace {

bool within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

template <class T>
std::vector<T> table(const Path& path, const ByteVector& bytes, std::uint64_t offset, std::uint64_t count) {
  if (!within(offset, count * sizeof(T), bytes.size()))
    bad_input("{}: a table lies outside the file; build it again", path.string());
  std::vector<T> result(count);
  if (count != 0) std::memcpy(result.data(), bytes.data() + offset, count * sizeof(T));
  return result;
}

}  // namespace

ElfFile ElfFile::read(const Path& path) { return ElfFile(path, read_file(path)); }

ElfFile::ElfFile(const Path& path, ByteVector bytes) : path_(path), bytes_(std::move(bytes)) {
  if (bytes_.size() < sizeof header_)
    bad_input("{}: not an ELF file; name a program or an image", path_.string());
  std::memcpy(&header_, bytes_.data(), sizeof header_);
  const bool good = std::memcmp(header_.e_ident, ELFMAG, SELFMAG) == 0 &&
                    header_.e_ident[EI_CLASS] == ELFCLASS64 && header_.e_machine == EM_X86_64 &&
                    header_.e_phentsize == sizeof(Elf64_Phdr);
  if (!good) bad_input("{}: not an ELF64 file for x86-64; name a program or an image", path_.string());
  segments_ = table<Elf64_Phdr>(path_, bytes_, header_.e_phoff, header_.e_phnum);
  for (const Elf64_Phdr& segment : segments_)
    if (!within(segment.p_offset, segment.p_filesz, bytes_.size()))
      bad_input("{}: cut short; build it again", path_.string());
  if (header_.e_shnum != 0 && header_.e_shentsize == sizeof(Elf64_Shdr))
    sections_ = table<Elf64_Shdr>(path_, bytes_, header_.e_shoff, header_.e_shnum);
}

const char* ElfFile::text(const Elf64_Shdr& strings, std::uint32_t offset) const {
  if (!within(strings.sh_offset, strings.sh_size, bytes_.size()) || offset >= strings.sh_size) return "";
  const auto* start = reinterpret_cast<const char*>(bytes_.data() + strings.sh_offset);
  return std::memchr(start + offset, 0, strings.sh_size - offset) != nullptr ? start + offset : "";
}

std::optional<Elf64_Shdr> ElfFile::section(const std::string& name) const {
  if (header_.e_shstrndx >= sections_.size()) return std::nullopt;
  for (const Elf64_Shdr& section : sections_)
    if (name == text(sections_[header_.e_shstrndx], section.sh_name)) return section;
  return std::nullopt;
}

const Elf64_Shdr* ElfFile::symbol_table() const {
  for (const Elf64_Shdr& section : sections_)
    if (section.sh_type == SHT_SYMTAB && section.sh_link < sections_.size()) return &section;
  return nullptr;
}

std::vector<ElfFunction> ElfFile::functions() const {
  std::vector<ElfFunction> result;
  const Elf64_Shdr* symbols = symbol_table();
  if (symbols == nullptr) return result;
  const auto entries =
      table<Elf64_Sym>(path_, bytes_, symbols->sh_offset, symbols->sh_size / sizeof(Elf64_Sym));
  for (const Elf64_Sym& entry : entries) {
    const auto type = ELF64_ST_TYPE(entry.st_info);
    if (entry.st_shndx >= sections_.size() || (type != STT_FUNC && type != STT_NOTYPE)) continue;
    if (type == STT_NOTYPE && (sections_[entry.st_shndx].sh_flags & SHF_EXECINSTR) == 0) continue;
    const char* name = text(sections_[symbols->sh_link], entry.st_name);
    if (*name != 0) result.push_back({entry.st_value, entry.st_size, name});
  }
  return result;
}

ByteVector ElfFile::bare() const {
  std::uint64_t end =
      std::max<std::uint64_t>(sizeof header_, header_.e_phoff + segments_.size() * sizeof(Elf64_Phdr));
  for (const Elf64_Phdr& segment : segments_)
    end = std::max<std::uint64_t>(end, segment.p_offset + segment.p_filesz);
  ByteVector result(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(end));
  Elf64_Ehdr header = header_;
  header.e_shoff = 0;
  header.e_shnum = 0;
  header.e_shstrndx = SHN_UNDEF;
  std::memcpy(result.data(), &header, sizeof header);
  return result;
}

}  // namespace exo
