// SPDX-License-Identifier: MIT
// Counts how often each guest instruction is executed: a table of addresses and counts in the file named by
// `table=` (base/profile_table.hpp), which the host reads at any time.
#include "base/profile_table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "bench/plugin/qemu_plugin.hpp"

int qemu_plugin_version = 1;

namespace {

ProfileTable* table;

// The entry of an address, made if there is none; the last one, which stands for all others, if the table is
// full.
ProfileEntry* entry_of(std::uint64_t address) {
  constexpr std::size_t kTries = 64;
  std::size_t at = address * 0x9e3779b97f4a7c15 >> (64 - kProfileBits);
  for (std::size_t i = 0; i < kTries; i++, at = (at + 1) % (kProfileEntries - 1)) {
    ProfileEntry* const entry = &table->entries[at];
    if (entry->address == 0) entry->address = address;
    if (entry->address == address) return entry;
  }
  return &table->entries[kProfileEntries - 1];
}

// QEMU translates on one thread at a time.
void translate(PluginId, PluginBlock* block) {
  const std::size_t length = qemu_plugin_tb_n_insns(block);
  for (std::size_t i = 0; i < length; i++) {
    PluginInstruction* instruction = qemu_plugin_tb_get_insn(block, i);
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kPluginAdd64,
                                               &entry_of(qemu_plugin_insn_vaddr(instruction))->count, 1);
  }
}

bool share_table(const char* file) {
  const int handle = ::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0 || ::ftruncate(handle, sizeof(ProfileTable)) != 0) return false;
  void* const shared = ::mmap(nullptr, sizeof(ProfileTable), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  ::close(handle);
  if (shared == MAP_FAILED) return false;
  table = static_cast<ProfileTable*>(shared);
  return true;
}

}  // namespace

int qemu_plugin_install(PluginId id, const PluginInfo*, int argc, char** argv) {
  for (int i = 0; i < argc; i++)
    if (std::strncmp(argv[i], "table=", 6) == 0 && table == nullptr && !share_table(argv[i] + 6)) return -1;
  if (table == nullptr) return -1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  return 0;
}
