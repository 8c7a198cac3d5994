// SPDX-License-Identifier: MIT
#include "machines.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "error.hpp"

namespace exo {

using nlohmann::json;

void to_json(json& to, const Process& from) { to = {{"pid", from.pid}, {"start", from.start}}; }
void from_json(const json& from, Process& to) {
  to.pid = from.at("pid");
  to.start = from.at("start");
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Forward, host_port, guest_address, guest_port, env, host_address)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MachineState, name, image, keeper, vm, started, cpus, memory, forwards,
                                   grace, speakers)

namespace {

void make_private_folder(const Path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    fail("{}: cannot make it: {}", path.string(), std::strerror(errno));
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) || found.st_uid != ::getuid() ||
      (found.st_mode & 077) != 0)
    fail("{}: not a folder of yours alone; remove it", path.string());
}

}  // namespace

Path machines_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const bool usable = runtime != nullptr && ::access(runtime, W_OK) == 0;
  Path folder = usable ? Path(runtime) / "exo" : Path(fmt::format("/tmp/exo-{}", ::getuid()));
  make_private_folder(folder);
  return folder;
}

Machine Machine::create(const std::string& name, const Path& image) {
  const Path all = machines_folder();
  const FileLock lock(all / ".lock");  // two exo commands cannot take the same name
  Machine machine(all / name);
  if (machine.load() && machine.is_running())
    bad_input("a machine \"{}\" is running; stop it with ./exo stop {}, or choose another with --name", name,
              name);
  machine.remove();
  make_private_folder(machine.folder_);
  MachineState state;
  state.name = name;
  state.image = image.string();
  state.keeper = this_process();
  state.started = std::time(nullptr);
  machine.save(state);
  return machine;
}

std::vector<Machine> Machine::all() {
  std::vector<Machine> machines;
  for (const auto& entry : std::filesystem::directory_iterator(machines_folder())) {
    Machine machine(entry.path());
    if (entry.is_directory() && machine.load()) machines.push_back(std::move(machine));
  }
  std::sort(machines.begin(), machines.end(),
            [](const Machine& a, const Machine& b) { return a.state_.name < b.state_.name; });
  return machines;
}

std::optional<Machine> Machine::find(const std::string& name) {
  for (Machine& machine : all())
    if (machine.state_.name == name) return std::move(machine);
  return std::nullopt;
}

bool Machine::load() {
  std::error_code error;
  if (!std::filesystem::exists(folder_ / "state.json", error)) return false;
  const json parsed = json::parse(read_text(folder_ / "state.json"), nullptr, false);
  if (parsed.is_discarded()) return false;
  try {
    state_ = parsed.get<MachineState>();
  } catch (const json::exception&) {
    return false;  // written by another version
  }
  return true;
}

void Machine::save(const MachineState& state) {
  state_ = state;
  write_text(folder_ / "state.json", json(state).dump(2) + "\n");
}

bool Machine::is_running() const {
  return is_alive(state_.vm) || (state_.vm.pid == 0 && is_alive(state_.keeper));
}

std::optional<int> Machine::exit_status() const {
  std::error_code error;
  if (!std::filesystem::exists(folder_ / "exit", error)) return std::nullopt;
  return std::atoi(read_text(folder_ / "exit").c_str());
}

void Machine::write_exit_status(int status) const {
  std::error_code error;
  if (std::filesystem::exists(folder_, error)) write_text(folder_ / "exit", fmt::format("{}\n", status));
}

void Machine::mark_stopped() const { write_text(folder_ / "stopped", ""); }
bool Machine::was_stopped() const { return std::filesystem::exists(folder_ / "stopped"); }

void Machine::remove() const {
  std::error_code error;  // another exo may be removing it as well
  std::filesystem::remove_all(folder_, error);
}

}  // namespace exo
