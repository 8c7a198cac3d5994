// SPDX-License-Identifier: MIT
// Machines that run, as files: one folder each under $XDG_RUNTIME_DIR/exo or /tmp/exo-UID, so that
// any later `exo ps`, `logs` or `stop` finds them without a daemon. Ours alone (mode 0700).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "process.hpp"
#include "qemu.hpp"

namespace exo {

struct MachineState {
  std::string name;
  std::string image;
  Process keeper;            // the exo process that waits for QEMU
  Process vm;                // QEMU; pid 0 while it is being started
  std::int64_t started = 0;  // seconds since 1970
  std::uint32_t cpus = 0;
  std::uint64_t memory = 0;
  std::vector<Forward> forwards;
  std::uint32_t grace = 0;            // seconds that it has to end when it is to stop; 0: it is ended at once
  std::vector<std::string> speakers;  // environments, whose names stand in front of console lines
};

class Machine {
 public:
  // Takes the name: throws Error if a running machine has it. What an ended one left is removed.
  static Machine create(const std::string& name, const Path& image);
  static std::vector<Machine> all();  // sorted by name
  static std::optional<Machine> find(const std::string& name);

  const MachineState& state() const { return state_; }
  void save(const MachineState& state);

  bool is_running() const;
  // How it ended, if its keeper lived to write it: 0 clean, 3 the kernel panicked ...
  std::optional<int> exit_status() const;
  void write_exit_status(int status) const;
  // Notes that its end was asked for, so that it is not taken for a failure.
  void mark_stopped() const;
  bool was_stopped() const;
  void remove() const;

  Path folder() const { return folder_; }
  Path console() const { return folder_ / "console.log"; }
  Path qemu_log() const { return folder_ / "qemu.log"; }
  Path gdb_socket() const { return folder_ / "gdb"; }
  Path monitor() const { return folder_ / "qmp"; }

 private:
  explicit Machine(Path folder) : folder_(std::move(folder)) {}
  bool load();

  Path folder_;
  MachineState state_;
};

// What a machine takes to go off, beside the time of its environments; an emulated one under load is slow.
inline constexpr std::chrono::seconds kStopMargin{5};

// The folder of all machines; made if it is not there. Throws Error if it belongs to someone else.
Path machines_folder();

}  // namespace exo
