// SPDX-License-Identifier: MIT
#include "run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "address.hpp"
#include "console.hpp"
#include "error.hpp"
#include "keeper.hpp"
#include "paths.hpp"
#include "probe.hpp"

namespace exo {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kFollowInterval = 20ms;

// SIGINT, SIGTERM and SIGHUP as something to poll. Blocked from construction on, in all threads
// started later.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    handle_ = Handle(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  int handle() const { return handle_.get(); }
  bool take() const {
    signalfd_siginfo info;
    return ::read(handle_.get(), &info, sizeof info) == sizeof info;
  }

 private:
  Handle handle_;
};

void say_answered(const Forward& forward) {
  say("{} answers at http://{}:{}/", forward.env, address_text(forward.host_address), forward.host_port);
}

void say_silent(const std::vector<Forward>& silent, std::uint32_t seconds) {
  for (const Forward& forward : silent)
    say("{} does not answer yet at http://{}:{}/ (after {} s)", forward.env,
        address_text(forward.host_address), forward.host_port, seconds);
}

// Tells, from a thread of its own, when the guest answers; and once if it takes too long.
std::jthread announce(const Launch& launch, std::uint32_t patience) {
  return std::jthread([forwards = launch.hardware.forwards, patience](const std::stop_token& stop) {
    const auto first = std::chrono::steady_clock::now() + std::chrono::seconds(patience);
    const auto silent = await_answers(forwards, first, stop, say_answered);
    if (stop.stop_requested() || silent.empty()) return;
    say_silent(silent, patience);
    await_answers(silent, std::chrono::steady_clock::time_point::max(), stop, say_answered);
  });
}

void say_how_to_debug(const Machine& machine) {
  say("the CPUs wait for a debugger; type:");
  say("  gdb {} -ex 'target remote {}'", shown(build_folder() / "kernel.elf"), machine.gdb_socket().string());
}

int run_in_foreground(Machine machine, const Launch& launch, const RunOptions& options) {
  const Signals signals;
  Keeper keeper(std::move(machine), launch);
  if (options.gdb) say_how_to_debug(keeper.machine());
  ConsoleFollower console(keeper.machine().console(), "");
  auto announcer = options.gdb ? std::jthread() : announce(launch, options.wait);
  bool asked = false;
  while (!keeper.has_ended()) {
    pollfd events[] = {{signals.handle(), POLLIN, 0}, {keeper.end_handle(), POLLIN, 0}};
    ::poll(events, 2, static_cast<int>(kFollowInterval.count()));
    console.print_new_lines();
    if (keeper.is_overdue()) keeper.stop();
    if (!signals.take()) continue;
    if (!asked && keeper.ask_to_stop()) {
      asked = true;
      say("stopping; environments have {} s, a second Ctrl-C ends it at once", launch.grace);
      continue;
    }
    say("stopping");
    keeper.stop();
  }
  announcer = std::jthread();
  console.print_rest();
  std::string explanation;
  const int status = keeper.finish(explanation);
  keeper.machine().remove();
  if (!explanation.empty()) say("{}", explanation);
  return status;
}

// The detached process: starts QEMU, reports over `ready` and stays until the end.
[[noreturn]] void keep(Machine machine, const Launch& launch, int ready) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
  int status = kExitFailed;
  try {
    Keeper keeper(std::move(machine), launch);
    const bool told = ::write(ready, "r", 1) == 1;
    ::close(ready);
    if (!told) keeper.stop();  // nobody knows of the machine
    std::string explanation;
    status = keeper.finish(explanation);
    if (!explanation.empty()) write_text(keeper.machine().folder() / "explanation", explanation);
    keeper.machine().write_exit_status(status);  // last: others wait for it
  } catch (const std::exception&) {
    // The machine's folder was removed under it, or there is no room: the exit status says it.
  }
  ::_exit(status);
}

// What there is to say about a machine that ended while it was being awaited.
int report_early_end(const Machine& machine) {
  ConsoleFollower(machine.console(), "").print_rest();
  const Path explanation = machine.folder() / "explanation";
  if (std::filesystem::exists(explanation)) say("{}", read_text(explanation));
  return machine.exit_status().value_or(kExitFailed);
}

int await_detached(Machine machine, const Launch& launch, const RunOptions& options) {
  print_line(machine.state().name);
  if (options.gdb) {
    say_how_to_debug(machine);
    return kExitOk;
  }
  std::stop_source ended;
  const std::jthread watcher([&](const std::stop_token& done) {
    while (!done.stop_requested() && !machine.exit_status()) std::this_thread::sleep_for(50ms);
    if (!done.stop_requested()) ended.request_stop();
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait);
  const auto silent = await_answers(launch.hardware.forwards, deadline, ended.get_token(), say_answered);
  if (ended.stop_requested()) return report_early_end(machine);
  say_silent(silent, options.wait);
  return silent.empty() ? kExitOk : kExitFailed;
}

int run_detached(Machine machine, const Launch& launch, const RunOptions& options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("no pipe");
  const pid_t child = ::fork();
  if (child < 0) fail("cannot start a process");
  if (child == 0) {
    ::close(ends[0]);
    keep(std::move(machine), launch, ends[1]);
  }
  ::close(ends[1]);
  char ready = 0;
  const bool started = ::read(ends[0], &ready, 1) == 1;
  ::close(ends[0]);
  if (!started) fail("the machine did not start");
  auto running = Machine::find(launch.name);
  if (!running) fail("the machine \"{}\" was stopped while it started", launch.name);
  return await_detached(std::move(*running), launch, options);
}

}  // namespace

int run_machine(const RunOptions& options) {
  Launch launch = prepare_launch(options);
  for (const std::string& note : launch.notes) say("{}", note);
  Machine machine = Machine::create(launch.name, launch.hardware.image);
  launch.hardware.console = machine.console();
  if (options.gdb) launch.hardware.gdb_socket = machine.gdb_socket();
  if (launch.grace != 0) launch.hardware.monitor = machine.monitor();
  return options.detach ? run_detached(std::move(machine), launch, options)
                        : run_in_foreground(std::move(machine), launch, options);
}

}  // namespace exo
