// SPDX-License-Identifier: MIT
#include "profile.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/profile_table.hpp"
#include "command.hpp"
#include "error.hpp"
#include "paths.hpp"

namespace exo {

namespace {

constexpr std::uint64_t kKernel = 1ul << 47;

// "/some/folder/build/../base/text.hpp:12 (discriminator 3)" is base/text.hpp.
std::string tree_path(std::string place) {
  place.resize(std::min(place.size(), place.rfind(':')));
  if (const auto at = place.rfind("/../"); at != std::string::npos) place.erase(0, at + 4);
  const std::string prefix = source_folder().string() + "/";
  if (place.starts_with(prefix)) place.erase(0, prefix.size());
  return place;
}

void add_frames(const Path& program, const std::vector<std::uint64_t>& addresses,
                std::map<std::uint64_t, std::vector<Frame>>& to) {
  if (addresses.empty()) return;
  const ScratchFolder folder;
  std::string list;
  for (const std::uint64_t address : addresses) list += fmt::format("{:#x}\n", address);
  write_text(folder.path() / "addresses", list);
  to.merge(parse_addr2line(run_or_fail({"addr2line", "-a", "-f", "-C", "-i", "-e", program.string(),
                                        "@" + (folder.path() / "addresses").string()})));
}

}  // namespace

Profile read_profile(const Path& table) {
  Profile profile;
  std::ifstream in(table, std::ios::binary);
  std::vector<ProfileEntry> entries(kProfileEntries);
  in.read(reinterpret_cast<char*>(entries.data()),
          static_cast<std::streamsize>(entries.size() * sizeof(ProfileEntry)));
  if (!in) fail("{}: the plugin left no table", table.string());
  for (const ProfileEntry& entry : entries)
    if (entry.count != 0) profile[entry.address] = entry.count;
  return profile;
}

Profile operator-(const Profile& later, const Profile& earlier) {
  Profile between;
  for (const auto& [address, count] : later) {
    const auto before = earlier.find(address);
    const std::uint64_t more = count - (before == earlier.end() ? 0 : before->second);
    if (more != 0) between[address] = more;
  }
  return between;
}

std::map<std::uint64_t, std::vector<Frame>> parse_addr2line(std::string_view output) {
  std::map<std::uint64_t, std::vector<Frame>> found;
  std::vector<Frame>* frames = nullptr;
  std::istringstream lines{std::string(output)};
  for (std::string line, place; std::getline(lines, line);) {
    if (line.starts_with("0x")) {
      frames = &found[std::strtoull(line.c_str(), nullptr, 16)];
    } else if (frames != nullptr && std::getline(lines, place)) {
      if (line != "??") frames->push_back({line, tree_path(place)});
    }
  }
  return found;
}

std::vector<ProfilePlace> find_places(const Profile& profile, const Path& kernel, const Path& program) {
  std::vector<std::uint64_t> low, high;
  for (const auto& [address, count] : profile) (address >= kKernel ? high : low).push_back(address);
  std::map<std::uint64_t, std::vector<Frame>> frames;
  add_frames(kernel, high, frames);
  add_frames(program, low, frames);
  std::vector<ProfilePlace> places;
  for (const auto& [address, count] : profile)
    places.push_back({address >= kKernel, frames[address], static_cast<double>(count)});
  return places;
}

}  // namespace exo
