// SPDX-License-Identifier: MIT
#include "keeper.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "error.hpp"
#include "power.hpp"

namespace exo {

Keeper::Keeper(Machine machine, const Launch& launch)
    : machine_(std::move(machine)), capture_(launch.capture) {
  const Hardware& hardware = launch.hardware;
  const pid_t pid = spawn_bound(qemu_command(hardware), machine_.qemu_log());
  end_ = Handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  MachineState state = machine_.state();
  state.keeper = this_process();
  state.vm = find_process(pid);
  state.cpus = hardware.cpus;
  state.memory = hardware.memory;
  state.forwards = hardware.forwards;
  state.grace = launch.grace;
  state.speakers = launch.speakers;
  machine_.save(state);
}

bool Keeper::has_ended() const {
  pollfd event{end_.get(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

void Keeper::stop() {
  stopped_ = true;
  end_process(machine_.state().vm, std::chrono::seconds(5));
}

bool Keeper::ask_to_stop() {
  if (machine_.state().grace == 0 || !press_power_button(machine_.monitor())) return false;
  stop_by_ = std::chrono::steady_clock::now() + std::chrono::seconds(machine_.state().grace) + kStopMargin;
  return true;
}

bool Keeper::is_overdue() const { return stop_by_ && std::chrono::steady_clock::now() > *stop_by_; }

int Keeper::finish(std::string& explanation) {
  const int result = explain(explanation);
  const std::string problem = finish_capture(capture_);
  if (problem.empty()) return result;
  explanation += explanation.empty() ? problem : "\n" + problem;
  return result == kExitOk ? kExitFailed : result;
}

int Keeper::explain(std::string& explanation) {
  int status = 0;
  while (::waitpid(machine_.state().vm.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (stopped_ || machine_.was_stopped()) return kExitOk;
  if (WIFSIGNALED(status)) {
    explanation = fmt::format("QEMU was ended by signal {}", WTERMSIG(status));
    return kExitFailed;
  }
  const GuestEnd end = guest_end(WEXITSTATUS(status));
  switch (end.ending) {
    case Ending::PoweredOff:
      break;
    case Ending::Panicked:
      explanation = "the kernel panicked; its last lines say why";
      break;
    case Ending::Reset:
      explanation = "the machine reset itself (a triple fault?)";
      break;
    case Ending::Failed:
      explanation = "QEMU could not run it: " + read_text(machine_.qemu_log());
      break;
    case Ending::Other:
      explanation = fmt::format("the guest ended with status {}", end.exit_status);
      break;
  }
  while (explanation.ends_with('\n')) explanation.pop_back();
  return end.exit_status;
}

}  // namespace exo
