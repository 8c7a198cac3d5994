// SPDX-License-Identifier: MIT
// The command line of QEMU for one machine of ours. Pure, apart from find_accelerator().
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

enum class Board { Q35, Microvm };
enum class DiskType { Nvme, Virtio, None };
enum class Nic { Virtio, None };
enum class Accelerator { Tcg, Kvm };
// What of virtio-net's work for the guest (virtio 1.1, 5.1.3) QEMU may offer, where its network allows it.
enum class Offload { All, Checksum, None };

inline constexpr std::uint32_t kLoopback = 0x7f000001;

// A TCP port of 127.0.0.1 forwarded into the guest; with a TAP an environment's own address and port.
struct Forward {
  std::uint32_t host_port = 0;
  std::uint32_t guest_address = 0;  // 0: whoever asked for an address by DHCP first
  std::uint32_t guest_port = 0;
  std::string env;
  std::uint32_t host_address = kLoopback;  // where host_port is
};

// Instead of QEMU's user network: frames as datagrams between two UNIX sockets.
struct Wire {
  Path guest_end;  // QEMU makes it; empty: no wire
  Path our_end;    // must be there when QEMU starts
};

// The card's station number; kMac in qemu.cpp is its text.
inline constexpr std::uint8_t kMacBytes[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

struct Hardware {
  Board board = Board::Q35;
  DiskType disk_type = DiskType::Nvme;
  Nic nic = Nic::Virtio;
  Accelerator accelerator = Accelerator::Tcg;
  std::uint32_t cpus = 2;
  std::uint64_t memory = 0;     // bytes, a multiple of 1 MiB
  std::uint32_t guest_net = 0;  // network of the guest's addresses; 0: QEMU's own, 10.0.2.0/24
  std::uint32_t guest_prefix = 0;
  std::uint32_t guest_gateway = 0;
  std::string tap;  // interface of this host instead of the user network; empty: none
  Offload offload = Offload::All;
  std::vector<Forward> forwards;
  Path image;
  Path initrd;  // empty: none; ours need none
  Path disk;
  bool keep_writes = false;  // false: what the guest writes to the disk is gone when it stops
  Path console;              // file that the serial port is written to
  Path gdb_socket;           // empty: no debugger; else the CPUs wait for one there
  Path monitor;              // socket where QEMU takes commands (QMP); empty: none
  std::string append;        // kernel command line
  std::string cpu_model;     // empty: all that the accelerator has
  bool count_time = false;   // time is the number of instructions, so that a run repeats; one CPU only
  std::string plugin;        // of QEMU, with its arguments; empty: none
  Wire wire;
  Path dump;  // file that QEMU writes the card's frames to; empty: none
};

// Hardware::plugin for `library` of the build folder, which is to write to `file`: what it calls that is
// `key`.
std::string plugin_words(const std::string& library, const std::string& key, const Path& file);

// argv, program name first.
std::vector<std::string> qemu_command(const Hardware& hardware);

// KVM only where the processor's flags show svm or vmx and /dev/kvm opens: on some machines it
// opens although a guest would hang.
Accelerator find_accelerator(const Path& cpuinfo = "/proc/cpuinfo", const Path& device = "/dev/kvm");

// What the guest meant with QEMU's exit status (isa-debug-exit: value v becomes v << 1 | 1).
enum class Ending { PoweredOff, Panicked, Reset, Failed, Other };
struct GuestEnd {
  Ending ending;
  int exit_status;  // for exo itself
};
GuestEnd guest_end(int qemu_status);

}  // namespace exo
