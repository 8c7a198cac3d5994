// SPDX-License-Identifier: MIT
#include "abi/types.hpp"
#include "run.hpp"
#include "verbs.hpp"

namespace exo {

void add_run_verb(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("run", "Build an image and run it under QEMU; Ctrl-C stops it");
  const auto options = std::make_shared<RunOptions>();
  const auto disk_type = std::make_shared<DiskType>();
  const std::map<std::string, Board> boards{{"q35", Board::Q35}, {"microvm", Board::Microvm}};
  const std::map<std::string, Nic> nics{{"virtio", Nic::Virtio}, {"none", Nic::None}};
  const std::map<std::string, DiskType> disks{
      {"nvme", DiskType::Nvme}, {"virtio", DiskType::Virtio}, {"none", DiskType::None}};
  verb->add_option("TARGET", options->target,
                   "an exo.toml, a folder with one, or an image NAME.elf (default: examples/web)");
  verb->add_flag("-d,--detach", options->detach, "run in the background; return once it answers");
  verb->add_option("-p,--publish", options->publish,
                   "HOST:PORT, HOST:ENV or HOST:ENV:PORT: lead a port of 127.0.0.1 to an environment")
      ->allow_extra_args(false);
  verb->add_option("-m,--memory", options->memory,
                   "memory of the machine, like 256M (default: the manifest's)");
  verb->add_option("--cpus", options->cpus, "number of CPUs (default: the manifest's)")
      ->check(CLI::Range(1u, abi::kMaxCpus));
  verb->add_option("--disk", options->disk, "use this disk image and keep what the guest writes to it");
  verb->add_flag("--gdb", options->gdb, "wait for a debugger, and print the line that starts it");
  verb->add_option("--machine", options->board, "q35 or microvm (default: q35)")
      ->transform(CLI::CheckedTransformer(boards).description(""));
  auto* disk =
      verb->add_option("--disk-type", *disk_type, "nvme, virtio or none (default: nvme; virtio on microvm)")
          ->transform(CLI::CheckedTransformer(disks).description(""));
  verb->add_option("--nic", options->nic, "virtio or none (default: virtio)")
      ->transform(CLI::CheckedTransformer(nics).description(""));
  verb->add_option("--name", options->name, "name of the machine (default: the image's)");
  verb->add_option("--append", options->append, "kernel command line");
  verb->add_option("--wait", options->wait,
                   "seconds until it is said that the guest does not answer (default: 60)")
      ->check(CLI::Range(1u, 3600u));
  verb->callback([=, &chosen] {
    if (disk->count() != 0) options->disk_type = *disk_type;
    chosen = [options] { return run_machine(*options); };
  });
}

}  // namespace exo
