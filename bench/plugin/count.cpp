// SPDX-License-Identifier: MIT
// Counts guest instructions, user and kernel apart, and writes both counters at every marker:
// one line `ID USER KERNEL` each, to the file named by `log=`. With `counts=` both counters, 64 bits each,
// lie in that file, where the host reads them at any time.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "base/marker.hpp"
#include "bench/plugin/qemu_plugin.hpp"

int qemu_plugin_version = 1;

namespace {

constexpr std::uint64_t kKernel = 1ul << 47;  // the first address that is not the user's

std::uint64_t own_counts[2];
std::uint64_t* counts = own_counts;  // user, kernel
std::FILE* log_file;

// Writes the counters; `data` is the id of the marker.
void passed(unsigned, void* data) {
  if (log_file == nullptr) return;
  std::fprintf(log_file, "%lu %lu %lu\n", reinterpret_cast<unsigned long>(data), counts[0], counts[1]);
}

// The id of a marker, 0 if the instruction is none.
std::uint32_t marker_of(const PluginInstruction* instruction) {
  if (qemu_plugin_insn_size(instruction) != sizeof base::kMarker + 4) return 0;
  const void* data = qemu_plugin_insn_data(instruction);
  std::uint32_t operand;
  std::memcpy(&operand, static_cast<const char*>(data) + sizeof base::kMarker, sizeof operand);
  const bool ours = std::memcmp(data, base::kMarker, sizeof base::kMarker) == 0 &&
                    (operand & ~base::kMarkerId) == base::kMarkerOperand;
  return ours ? operand & base::kMarkerId : 0;
}

void translate(PluginId, PluginBlock* block) {
  const std::size_t length = qemu_plugin_tb_n_insns(block);
  for (std::size_t i = 0; i < length; i++) {
    PluginInstruction* instruction = qemu_plugin_tb_get_insn(block, i);
    // A marker counts neither for what is before it nor for what comes after.
    if (const std::uint32_t id = marker_of(instruction)) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, passed, kPluginNoRegisters,
                                             reinterpret_cast<void*>(static_cast<std::uintptr_t>(id)));
      continue;
    }
    const bool kernel = qemu_plugin_insn_vaddr(instruction) >= kKernel;
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, kPluginAdd64, &counts[kernel ? 1 : 0], 1);
  }
}

// Puts the counters into the file.
bool share_counts(const char* file) {
  const int handle = ::open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (handle < 0 || ::ftruncate(handle, sizeof own_counts) != 0) return false;
  void* const shared = ::mmap(nullptr, sizeof own_counts, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
  ::close(handle);
  if (shared == MAP_FAILED) return false;
  counts = static_cast<std::uint64_t*>(shared);
  return true;
}

}  // namespace

int qemu_plugin_install(PluginId id, const PluginInfo*, int argc, char** argv) {
  bool shared = false;
  for (int i = 0; i < argc; i++) {
    if (std::strncmp(argv[i], "log=", 4) == 0) log_file = std::fopen(argv[i] + 4, "we");
    if (std::strncmp(argv[i], "counts=", 7) == 0) shared = share_counts(argv[i] + 7);
  }
  if (log_file == nullptr && !shared) return -1;
  if (log_file != nullptr) std::setvbuf(log_file, nullptr, _IOLBF, 1 << 12);
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  return 0;
}
