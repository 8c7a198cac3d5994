// SPDX-License-Identifier: MIT
#include "debian.hpp"

#include "command.hpp"
#include "error.hpp"

namespace exo {

std::string real_package(const std::string& name) {
  const CommandResult shown = run_quietly({"apt-cache", "depends", "--no-recommends", "--important", name});
  const std::string_view mark = "Depends: ";
  const auto at = shown.output.find(mark);
  if (shown.status != 0 || at == std::string::npos)
    fail("Debian's package {} is not known; run `apt-get update`", name);
  const auto from = at + mark.size();
  return shown.output.substr(from, shown.output.find('\n', from) - from);
}

namespace {

// The package's file in `folder`; empty if there is none.
Path find_download(const Path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".deb") return entry.path();
  return {};
}

void unpack(const Path& package, const Path& to, const std::vector<std::string>& patterns) {
  std::string command =
      fmt::format("dpkg-deb --fsys-tarfile '{}' | tar -x -C '{}' --wildcards", package.string(), to.string());
  for (const std::string& pattern : patterns) command += " '" + pattern + "'";
  const CommandResult result = run_quietly({"sh", "-c", command});
  if (result.status != 0) fail("{}: cannot unpack it: {}", package.string(), result.output);
}

}  // namespace

Path fetch_package(const std::string& name, const Path& cache, const std::vector<std::string>& patterns) {
  Path done = cache / name;
  if (std::filesystem::exists(done)) return done;
  const Path fresh = cache / (name + ".new");
  std::filesystem::remove_all(fresh);
  std::filesystem::create_directories(fresh);
  const CommandResult result =
      run_quietly({"sh", "-c", fmt::format("cd '{}' && apt-get download -q '{}'", fresh.string(), name)});
  const Path package = find_download(fresh);
  if (result.status != 0 || package.empty())
    fail("cannot download Debian's package {} (`apt-get update` first?): {}", name, result.output);
  unpack(package, fresh, patterns);
  std::filesystem::remove(package);
  std::filesystem::rename(fresh, done);
  return done;
}

}  // namespace exo
