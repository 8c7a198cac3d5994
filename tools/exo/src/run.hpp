// SPDX-License-Identifier: MIT
// `exo run`: from what a person names to a machine that answers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "qemu.hpp"

namespace exo {

struct RunOptions {
  std::string target;  // manifest, folder with one, or image; empty: examples/web
  bool detach = false;
  std::vector<std::string> publish;
  std::string memory;      // like "256M"; empty: the manifest's
  std::uint32_t cpus = 0;  // 0: the manifest's
  std::string disk;        // empty: the one that was built with the image
  bool gdb = false;
  Board board = Board::Q35;
  std::optional<DiskType> disk_type;  // the board's own kind if not given
  Nic nic = Nic::Virtio;
  std::string tap;   // empty: QEMU's user network
  std::string pcap;  // file for what each environment sends and receives; empty: none
  Offload offload = Offload::All;
  std::string name;  // empty: the image's, with a number if that is taken
  std::string append;
  std::uint32_t wait = 60;  // seconds until it is said that the guest does not answer yet
};

// The exit status for exo: the guest's if it ran in the foreground. Throws Error.
int run_machine(const RunOptions& options);

}  // namespace exo
