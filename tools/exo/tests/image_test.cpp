// SPDX-License-Identifier: MIT
// Images: where the archive goes, that it is read back whole, and that damage is found anywhere.
#include "image.hpp"

#include <cstring>

#include "base/symbols.hpp"
#include "error.hpp"
#include "manifest_compile.hpp"
#include "symbols.hpp"

namespace exo {
namespace {

constexpr std::uint64_t kBase = 0xffffffff80000000;

// An ELF file with a text segment, a place for the archive, and three symbols.
ByteVector small_kernel(std::uint64_t archive_size = abi::kPageSize) {
  ByteVector bytes(0x4000);
  const auto put = [&](std::size_t offset, const auto& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
  };
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_machine = EM_X86_64;
  header.e_phoff = 0x40;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  header.e_shoff = 0x3000;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 4;
  put(0, header);
  put(0x40, Elf64_Phdr{PT_LOAD, PF_R | PF_X, 0x1000, kBase + 0x100000, 0x100000, 0x800, 0x800, 0x1000});
  put(0x78, Elf64_Phdr{PT_LOAD, PF_R, 0x2000, kBase + 0x101000, 0x101000, 0, archive_size, 0x1000});
  const Elf64_Shdr text{0, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, kBase + 0x100000, 0x1000, 0x800, 0, 0, 1,
                        0};
  const Elf64_Shdr symbols{0, SHT_SYMTAB, 0, 0, 0x2100, 4 * sizeof(Elf64_Sym), 3, 0, 8, sizeof(Elf64_Sym)};
  const Elf64_Shdr names{0, SHT_STRTAB, 0, 0, 0x2200, 0x40, 0, 0, 1, 0};
  put(0x3000 + sizeof(Elf64_Shdr), text);
  put(0x3000 + 2 * sizeof(Elf64_Shdr), symbols);
  put(0x3000 + 3 * sizeof(Elf64_Shdr), names);
  std::memcpy(bytes.data() + 0x2201, "_ZN6kernel5panicEv\0entry\0data", 30);
  const unsigned char function = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  put(0x2100 + sizeof(Elf64_Sym), Elf64_Sym{1, function, 0, 1, kBase + 0x100100, 0x40});
  put(0x2100 + 2 * sizeof(Elf64_Sym),
      Elf64_Sym{20, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, 1, kBase + 0x100000, 0});
  put(0x2100 + 3 * sizeof(Elf64_Sym),
      Elf64_Sym{26, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, kBase + 0x100200, 8});
  return bytes;
}

ElfFile kernel() { return ElfFile("kernel.elf", small_kernel()); }

ByteVector small_image() {
  const Manifest manifest =
      parse_manifest("x.toml", "name = 'x'\n[[env]]\nname = 'root'\nmemory = '1M'\nslices = [{count = 1}]\n");
  ArchiveWriter archive;
  archive.add(abi::ArchiveKind::Manifest, "manifest", compile_manifest(manifest, lay_out(manifest)));
  archive.add(abi::ArchiveKind::Root, "root", ByteVector(5000, 0x5a));
  archive.add(abi::ArchiveKind::Symbols, "kernel.symbols", symbol_table(kernel()));
  return make_image(kernel(), archive);
}

std::string refusal(const ByteVector& bytes) {
  try {
    const Image image("x.elf", bytes);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.status(), kExitBadInput);
    return error.what();
  }
}

TEST(Image, LastSegmentNamesTheArchive) {
  const ByteVector bytes = small_image();
  const ElfFile image("x.elf", bytes);
  const Elf64_Phdr& last = image.segments().back();
  EXPECT_EQ(last.p_offset % abi::kPageSize, 0u);
  EXPECT_EQ(last.p_offset + last.p_filesz, bytes.size());
  EXPECT_EQ(last.p_memsz, last.p_filesz);
  EXPECT_EQ(last.p_paddr, 0x101000u);
  EXPECT_EQ(image.header().e_shnum, 0u);  // no symbols, no debug information
  EXPECT_TRUE(base::Archive::open(bytes.data() + last.p_offset, last.p_filesz).ok());
}

TEST(Image, ReadsBackWhatWasPutIn) {
  const Image image("x.elf", small_image());
  EXPECT_STREQ(image.manifest().header().name, "x");
  const auto* root = image.archive().find(abi::ArchiveKind::Root);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root, image.archive().find_program("root"));
  EXPECT_EQ(image.archive().find_program("manifest"), nullptr);
  const base::Bytes bytes = image.archive().bytes(*root);
  EXPECT_EQ(ByteVector(bytes.data, bytes.data + bytes.size), ByteVector(5000, 0x5a));
}

TEST(Image, NamesBothChecksums) {
  ByteVector bytes = small_image();
  bytes[bytes.size() - 1] ^= 1;  // archive
  EXPECT_TRUE(
      std::string_view(refusal(bytes)).starts_with("x.elf: damaged: the checksum of the boot archive is "));
  bytes = small_image();
  bytes[0x1000] ^= 1;  // text
  const std::string text = refusal(bytes);
  EXPECT_NE(text.find("the checksum of the kernel is "), std::string::npos);
  EXPECT_NE(text.find(", expected "), std::string::npos);
}

TEST(Image, FindsDamageInEveryPage) {
  const ByteVector whole = small_image();
  ASSERT_EQ(refusal(whole), "");
  for (std::size_t i = 0; i < whole.size(); i += 509) {
    ByteVector bytes = whole;
    bytes[i] ^= 0x80;
    EXPECT_NE(refusal(bytes), "") << "byte " << i;
  }
}

TEST(Image, CutShortIsRefused) {
  ByteVector bytes = small_image();
  bytes.resize(bytes.size() - 1);
  EXPECT_NE(refusal(bytes), "");
  EXPECT_NE(refusal(ByteVector()), "");
  EXPECT_NE(refusal(ByteVector(10000, 0x41)), "");
}

TEST(Image, KernelWithoutAPlaceIsRefused) {
  const ElfFile full("kernel.elf", [] {
    ByteVector bytes = small_kernel();
    Elf64_Phdr second;
    std::memcpy(&second, bytes.data() + 0x78, sizeof second);
    second.p_filesz = 2 * abi::kPageSize;  // real content
    second.p_offset = 0;
    std::memcpy(bytes.data() + 0x78, &second, sizeof second);
    return bytes;
  }());
  EXPECT_THROW(make_image(full, ArchiveWriter()), Error);
}

TEST(Symbols, FunctionsOnlySortedAndDemangled) {
  const ByteVector table = symbol_table(kernel());
  const base::Bytes bytes{table.data(), table.size()};
  EXPECT_STREQ(base::find_symbol(bytes, kBase + 0x100100).name, "kernel::panic()");
  const auto inside = base::find_symbol(bytes, kBase + 0x10013f);
  EXPECT_STREQ(inside.name, "kernel::panic()");
  EXPECT_EQ(inside.offset, 0x3fu);
  EXPECT_EQ(base::find_symbol(bytes, kBase + 0x100140).name, nullptr);  // behind its end
  EXPECT_STREQ(base::find_symbol(bytes, kBase + 0x100001).name, "entry");
  EXPECT_EQ(base::find_symbol(bytes, kBase + 0xfffff).name, nullptr);
  EXPECT_EQ(base::find_symbol({table.data(), table.size() - 1}, kBase + 0x100100).name, nullptr);
}

TEST(Elf, GarbageIsRefused) {
  EXPECT_THROW(ElfFile("x", ByteVector(3)), Error);
  EXPECT_THROW(ElfFile("x", ByteVector(100, 0x7f)), Error);
  ByteVector bytes = small_kernel();
  bytes.resize(0x1100);  // cut inside a segment
  EXPECT_THROW(ElfFile("x", bytes), Error);
}

}  // namespace
}  // namespace exo
