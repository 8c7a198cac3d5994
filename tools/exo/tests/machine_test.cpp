// SPDX-License-Identifier: MIT
// Processes and the folders of running machines: nothing is left behind, and nothing that is not
// ours is touched.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "error.hpp"
#include "machines.hpp"
#include "temporary.hpp"

namespace exo {
namespace {

using namespace std::chrono_literals;

bool ends_within(const Process& process, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (is_alive(process) && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(5ms);
  return !is_alive(process);
}

TEST(Process, IsKnownByItsStart) {
  const Process self = this_process();
  EXPECT_TRUE(is_alive(self));
  EXPECT_FALSE(is_alive({self.pid, self.start + 1}));
  EXPECT_FALSE(is_alive({0, 0}));
}

TEST(Process, EndSparesAnotherWithTheSameNumber) {
  const TemporaryFolder folder;
  const pid_t pid = spawn_bound({"sleep", "60"}, folder.path / "log");
  const Process child = find_process(pid);
  EXPECT_TRUE(end_process({pid, child.start + 1}, 100ms));  // it had gone, whoever has its number now
  EXPECT_TRUE(is_alive(child));
  EXPECT_TRUE(end_process(child, 1000ms));
  EXPECT_FALSE(is_alive(child));
  ::waitpid(pid, nullptr, 0);
}

TEST(Process, EndInsists) {
  const TemporaryFolder folder;
  const pid_t pid =
      spawn_bound({"sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"}, folder.path / "log");
  std::this_thread::sleep_for(200ms);  // until the trap is set
  EXPECT_TRUE(end_process(find_process(pid), 200ms));
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST(Process, BoundChildDiesWithItsParent) {
  const TemporaryFolder folder;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const pid_t child = spawn_bound({"sleep", "60"}, folder.path / "log");
    const bool told = ::write(ends[1], &child, sizeof child) == sizeof child;
    ::pause();
    ::_exit(told ? 0 : 1);
  }
  pid_t child = 0;
  ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  const Process process = find_process(child);
  ASSERT_TRUE(is_alive(process));
  std::this_thread::sleep_for(100ms);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(ends_within(process, 2000ms));
}

class Machines : public testing::Test {
 protected:
  void SetUp() override { ::setenv("XDG_RUNTIME_DIR", folder_.path.c_str(), 1); }
  void TearDown() override { ::unsetenv("XDG_RUNTIME_DIR"); }
  TemporaryFolder folder_;
};

TEST_F(Machines, FolderIsOursAlone) {
  const Path folder = machines_folder();
  EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
  std::filesystem::permissions(folder, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THROW(machines_folder(), Error);
}

TEST_F(Machines, StateSurvives) {
  Machine machine = Machine::create("web", "/x/web.elf");
  MachineState state = machine.state();
  state.vm = this_process();
  state.forwards = {{8080, 0x0a00020f, 80, "web"}};
  state.speakers = {"root", "web"};
  machine.save(state);
  const auto found = Machine::find("web");
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->is_running());
  EXPECT_EQ(found->state().image, "/x/web.elf");
  EXPECT_EQ(found->state().forwards.at(0).host_port, 8080u);
  EXPECT_EQ(found->state().speakers, state.speakers);
  EXPECT_FALSE(Machine::find("other"));
}

TEST_F(Machines, NameOfARunningMachineIsTaken) {
  const Machine machine = Machine::create("web", "a.elf");
  EXPECT_THROW(Machine::create("web", "b.elf"), Error);
}

TEST_F(Machines, WhatAnEndedOneLeftIsReplaced) {
  Machine machine = Machine::create("web", "a.elf");
  MachineState state = machine.state();
  state.vm = {this_process().pid, this_process().start + 1};  // some other process has its number now
  machine.save(state);
  EXPECT_FALSE(machine.is_running());
  machine.write_exit_status(3);
  EXPECT_EQ(Machine::find("web")->exit_status(), 3);
  EXPECT_FALSE(Machine::create("web", "b.elf").exit_status());
}

TEST_F(Machines, DamagedStateIsNoMachine) {
  const Machine machine = Machine::create("web", "a.elf");
  write_text(machine.folder() / "state.json", "{\"name\": 7");
  EXPECT_TRUE(Machine::all().empty());
  machine.remove();
  machine.write_exit_status(0);  // too late: nothing comes back
  EXPECT_FALSE(std::filesystem::exists(machine.folder()));
}

}  // namespace
}  // namespace exo
