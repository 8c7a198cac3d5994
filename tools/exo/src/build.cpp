// SPDX-License-Identifier: MIT
#include "build.hpp"

#include <algorithm>
#include <set>

#include "archive.hpp"
#include "disk.hpp"
#include "elf_file.hpp"
#include "error.hpp"
#include "image.hpp"
#include "manifest_compile.hpp"
#include "ninja.hpp"
#include "paths.hpp"
#include "symbols.hpp"

namespace exo {

namespace {

Path program_path(const std::string& program) { return build_folder() / "programs" / program; }

struct Source {
  Manifest manifest;
  std::vector<Placement> placements;
  ByteVector compiled;
  std::vector<DiskPart> content;
};

Source read_source(const Path& named, const std::set<std::string>& targets) {
  Source source;
  source.manifest = parse_manifest(shown(named), read_text(named));
  check_manifest(source.manifest, [&](const std::string& program) {
    return targets.count("programs/" + program) != 0 || std::filesystem::exists(program_path(program));
  });
  expand_instances(source.manifest);
  source.placements = lay_out(source.manifest);
  source.compiled = compile_manifest(source.manifest, source.placements);
  source.content = load_content(source.manifest, source.placements);
  return source;
}

// The manifests, all checked; and no two images of one name.
std::vector<Source> read_sources(const std::vector<Path>& manifests) {
  const std::set<std::string> targets = known_targets();
  std::vector<Source> sources;
  std::set<std::string> names;
  for (const Path& path : manifests) {
    sources.push_back(read_source(path, targets));
    const Manifest& manifest = sources.back().manifest;
    if (!names.insert(manifest.name).second)
      bad_manifest(manifest.file, 1,
                   fmt::format("another image is called \"{}\"; rename one", manifest.name));
  }
  return sources;
}

ArchiveWriter archive_of(const Source& source, const ElfFile& kernel) {
  ArchiveWriter archive;
  archive.add(abi::ArchiveKind::Manifest, "manifest", source.compiled);
  for (const bool root : {true, false}) {
    for (const EnvSpec& env : source.manifest.envs) {
      if ((env.name.value == "root") != root || archive.has_program(env.program.value)) continue;
      const auto kind = root ? abi::ArchiveKind::Root : abi::ArchiveKind::Program;
      archive.add(kind, env.program.value, ElfFile::read(program_path(env.program.value)).bare());
    }
  }
  archive.add(abi::ArchiveKind::Symbols, "kernel.symbols", symbol_table(kernel));
  archive.limit_memory(source.manifest.machine.use);
  return archive;
}

}  // namespace

std::vector<Built> build_images(const std::vector<Path>& manifests, const std::string& kernel_name) {
  const std::vector<Source> sources = read_sources(manifests);
  std::set<std::string> targets{kernel_name};
  for (const Source& source : sources)
    for (const EnvSpec& env : source.manifest.envs) targets.insert("programs/" + env.program.value);
  const std::set<std::string> known = known_targets();
  std::vector<std::string> wanted;
  std::set_intersection(targets.begin(), targets.end(), known.begin(), known.end(),
                        std::back_inserter(wanted));
  run_ninja(wanted);

  const ElfFile kernel = ElfFile::read(build_folder() / kernel_name);
  std::vector<Built> built;
  for (const Source& source : sources) {
    const std::string& name = source.manifest.name;
    const Built result{name, build_folder() / (name + ".elf"), build_folder() / (name + ".disk")};
    write_if_changed(result.image, make_image(kernel, archive_of(source, kernel)));
    write_disk(result.disk, source.manifest.machine.disk.value, source.content);
    built.push_back(result);
  }
  return built;
}

Path manifest_path(const Path& named) {
  if (std::filesystem::is_regular_file(named)) return named;
  if (std::filesystem::is_regular_file(named / "exo.toml")) return named / "exo.toml";
  bad_input("{}: no manifest there; name an exo.toml, a folder with one, or an image", named.string());
}

std::vector<Path> example_manifests() {
  std::vector<Path> found;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "examples"))
    if (std::filesystem::is_regular_file(entry.path() / "exo.toml"))
      found.push_back(entry.path() / "exo.toml");
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace exo
