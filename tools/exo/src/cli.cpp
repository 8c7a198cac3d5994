// SPDX-License-Identifier: MIT
// The only file that includes CLI11, which takes long to compile.
#include "cli.hpp"

#include <CLI/CLI.hpp>
#include <functional>

#include "abi/types.hpp"
#include "console.hpp"
#include "error.hpp"
#include "run.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

// What is to be done after all arguments were understood; gives the exit status.
using Chosen = std::function<int()>;

// Without the types of arguments: the descriptions say what is expected.
class PlainFormatter : public CLI::Formatter {
  std::string make_option_opts(const CLI::Option*) const override { return ""; }
};

template <class T>
auto one_of(const std::map<std::string, T>& values) {
  return CLI::CheckedTransformer(values).description("");
}

void add_machine_shape(CLI::App& verb, RunOptions& options, DiskType& disk_type) {
  const std::map<std::string, Board> boards{{"q35", Board::Q35}, {"microvm", Board::Microvm}};
  const std::map<std::string, Nic> nics{{"virtio", Nic::Virtio}, {"none", Nic::None}};
  const std::map<std::string, Offload> offloads{
      {"all", Offload::All}, {"checksum", Offload::Checksum}, {"none", Offload::None}};
  const std::map<std::string, DiskType> disks{
      {"nvme", DiskType::Nvme}, {"virtio", DiskType::Virtio}, {"none", DiskType::None}};
  verb.add_option("-m,--memory", options.memory,
                  "memory of the machine, like 256M (default: the manifest's)");
  verb.add_option("--cpus", options.cpus, "number of CPUs (default: the manifest's)")
      ->check(CLI::Range(1u, abi::kMaxCpus));
  verb.add_option("--machine", options.board, "q35 or microvm (default: q35)")->transform(one_of(boards));
  verb.add_option("--disk-type", disk_type, "nvme, virtio or none (default: nvme; virtio on microvm)")
      ->transform(one_of(disks));
  verb.add_option("--nic", options.nic, "virtio or none (default: virtio)")->transform(one_of(nics));
  verb.add_option("--tap", options.tap, "this TAP interface of the host instead of forwarded ports");
  verb.add_option("--offload", options.offload,
                  "what the card may do for the guest: all, checksum or none (default: all; needs --tap)")
      ->transform(one_of(offloads));
}

void add_run(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("run", "Build an image and run it under QEMU; Ctrl-C stops it");
  const auto options = std::make_shared<RunOptions>();
  const auto disk_type = std::make_shared<DiskType>();
  verb->add_option("TARGET", options->target,
                   "an exo.toml, a folder with one, or an image NAME.elf (default: examples/web)");
  verb->add_flag("-d,--detach", options->detach, "run in the background; return once it answers");
  verb->add_option("-p,--publish", options->publish,
                   "HOST:PORT, HOST:ENV or HOST:ENV:PORT: lead a port of 127.0.0.1 to an environment")
      ->allow_extra_args(false);
  add_machine_shape(*verb, *options, *disk_type);
  verb->add_option("--pcap", options->pcap,
                   "write what each environment sends and receives to this pcapng file, at the end");
  verb->add_option("--disk", options->disk, "use this disk image and keep what the guest writes to it");
  verb->add_flag("--gdb", options->gdb, "wait for a debugger, and print the line that starts it");
  verb->add_option("--name", options->name, "name of the machine (default: the image's)");
  verb->add_option("--append", options->append, "kernel command line");
  verb->add_option("--wait", options->wait,
                   "seconds until it is said that the guest does not answer (default: 60)")
      ->check(CLI::Range(1u, 3600u));
  verb->callback([=, &chosen] {
    if (verb->get_option("--disk-type")->count() != 0) options->disk_type = *disk_type;
    chosen = [options] { return run_machine(*options); };
  });
}

void add_build(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("build", "Build images: build/NAME.elf, which boots, and build/NAME.disk");
  const auto named = std::make_shared<std::vector<std::string>>();
  verb->add_option("MANIFEST", *named, "exo.toml files, or folders with one (default: all under examples/)");
  verb->callback([=, &chosen] { chosen = [named] { return build_verb(*named); }; });
}

void add_ps(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("ps", "List machines that run");
  const auto ended_too = std::make_shared<bool>(false);
  verb->add_flag("-a,--all", *ended_too, "those that have ended as well");
  verb->callback([=, &chosen] { chosen = [ended_too] { return ps_verb(*ended_too); }; });
}

void add_logs(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("logs", "Print what a machine, or one of its environments, wrote");
  const auto words = std::make_shared<std::pair<std::string, std::string>>();
  const auto follow = std::make_shared<bool>(false);
  verb->add_option("NAME", words->first, "machine (default: the only one)");
  verb->add_option("ENV", words->second, "only its lines; may stand alone where only one machine is there");
  verb->add_flag("-f,--follow", *follow, "go on until the machine ends");
  verb->callback([=, &chosen] { chosen = [=] { return logs_verb(words->first, words->second, *follow); }; });
}

void add_stop(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("stop", "Stop a machine and forget it");
  const auto names = std::make_shared<std::vector<std::string>>();
  verb->add_option("NAME", *names, "machines (default: the only one)");
  const auto at_once = std::make_shared<bool>(false);
  verb->add_flag("--now", *at_once, "without the time that the manifest gives environments to end");
  verb->callback([=, &chosen] { chosen = [=] { return stop_verb(*names, *at_once); }; });
}

void add_test(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("test", "Build and run every test; ends with one line of counts");
  const auto only = std::make_shared<std::string>();
  const auto filter = std::make_shared<std::string>();
  verb->add_option("--only", *only, "checks, host, proof, fuzz or system")
      ->check(CLI::IsMember({"checks", "host", "proof", "fuzz", "system"}).description(""));
  verb->add_option("--filter", *filter, "only tests whose name holds this text");
  const auto long_ones = std::make_shared<bool>(false);
  verb->add_flag("--long", *long_ones, "those that take minutes, too");
  verb->callback([=, &chosen] { chosen = [=] { return test_verb(*only, *filter, *long_ones); }; });
}

void add_bench_primitives(CLI::App& bench, Chosen& chosen) {
  auto* verb = bench.add_subcommand("primitives", "what each system call costs");
  const auto options = std::make_shared<BenchOptions>();
  verb->add_option("--only", options->only, "only rows whose name begins like this: call, disk-submit");
  verb->add_option("--cpu", options->cpu_model, "QEMU's CPU model, like max,-erms,-fsrm (default: max)");
  verb->add_option("--write", options->write, "put the table into the marked block of this file")
      ->excludes("--only");
  verb->callback([=, &chosen] { chosen = [options] { return bench_verb(*options); }; });
}

void add_bench_http(CLI::App& bench, Chosen& chosen) {
  auto* verb = bench.add_subcommand("http", "the web server beside nginx on Linux, in the same machine");
  const auto options = std::make_shared<HttpBenchOptions>();
  verb->add_option("--runs", options->runs, "runs of every server, in turn (default: 5)")
      ->check(CLI::Range(1u, 1000u));
  verb->add_option("--seconds", options->seconds, "of load for each case (default: 5)")
      ->check(CLI::Range(1u, 3600u));
  verb->add_flag("--quick", options->quick, "one run, 2 seconds each, 16 connections only");
  verb->add_option("--cpus", options->cpus, "CPUs of the machines that are timed (default: 1)")
      ->check(CLI::Range(1u, abi::kMaxCpus));
  verb->add_option("--cpu", options->cpu_model, "QEMU's CPU model, like max,-erms,-fsrm (default: max)");
  verb->add_flag("!--no-offload", options->offload, "the card offers neither checksums nor segmentation");
  verb->add_option("--side", options->sides, "only these: exo, linux, cheetah-linux")
      ->check(CLI::IsMember({"exo", "linux", "cheetah-linux"}).description(""));
  verb->add_option("--write", options->write, "put the table into the marked block of this file")
      ->excludes("--side");
  verb->callback([=, &chosen] { chosen = [options] { return bench_http_verb(*options); }; });
}

void add_bench_micro(CLI::App& bench, Chosen& chosen) {
  auto* verb = bench.add_subcommand("micro", "the way of a request through Exo, step by step");
  const auto options = std::make_shared<MicroOptions>();
  verb->add_option("--seconds", options->seconds, "of each load (default: 3)")->check(CLI::Range(1u, 3600u));
  verb->add_option("--functions", options->functions,
                   "also the functions that take the most, so many of them");
  verb->add_option("--write", options->write, "put the table into the marked block of this file");
  verb->callback([=, &chosen] { chosen = [options] { return bench_micro_verb(*options); }; });
}

void add_bench_switches(CLI::App& bench, Chosen& chosen) {
  auto* verb = bench.add_subcommand("switches", "what each thing that makes the web server fast is worth");
  const auto options = std::make_shared<SwitchOptions>();
  verb->add_option("--rounds", options->rounds, "loads of each kind, in turn (default: 3)")
      ->check(CLI::Range(1u, 100u));
  verb->add_option("--seconds", options->seconds, "of each load (default: 1)")->check(CLI::Range(1u, 3600u));
  verb->add_option("--only", options->only, "only switches with this text in their name: known, idle");
  verb->add_option("--write", options->write, "put the table into the marked block of this file")
      ->excludes("--only");
  verb->callback([=, &chosen] { chosen = [options] { return bench_switches_verb(*options); }; });
}

void add_bench_loss(CLI::App& bench, Chosen& chosen) {
  auto* verb =
      bench.add_subcommand("loss", "a large file over a wire that loses packets, beside Linux's TCP");
  const auto options = std::make_shared<LossOptions>();
  verb->add_option("--rounds", options->rounds, "how often each is measured (default: 5)")
      ->check(CLI::Range(1u, 100u));
  verb->add_option("--write", options->write, "put the table into the marked block of this file");
  verb->callback([=, &chosen] { chosen = [options] { return bench_loss_verb(*options); }; });
}

void add_bench(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("bench", "Measure: guest instructions and time, beside their targets");
  verb->require_subcommand(1);
  add_bench_primitives(*verb, chosen);
  add_bench_http(*verb, chosen);
  add_bench_micro(*verb, chosen);
  add_bench_switches(*verb, chosen);
  add_bench_loss(*verb, chosen);
}

void add_fuzz(CLI::App& app, Chosen& chosen) {
  auto* verb =
      app.add_subcommand("fuzz", "Attack the system calls at random, with a shadow of who owns what");
  const auto options = std::make_shared<FuzzOptions>();
  verb->add_option("--minutes", options->minutes, "go on with the next seeds for so long (default: one seed)")
      ->check(CLI::Range(1u, 10000u));
  verb->add_option("--calls", options->calls,
                   "calls of each environment that keeps a shadow (default: 100000)")
      ->check(CLI::Range(1000u, 1000000000u));
  verb->add_option("--seed", options->seed, "the first seed (default: 1)");
  verb->add_option("--cpus", options->cpus,
                   "CPUs (default: 2); with 1 time is the number of instructions, and a run repeats exactly")
      ->check(CLI::Range(1u, 16u));
  verb->add_option("--defect", options->defect,
                   "a kernel with a planted defect: uncounted, unzeroed, widening, mislinked")
      ->check(CLI::IsMember({"uncounted", "unzeroed", "widening", "mislinked"}).description(""));
  verb->callback([=, &chosen] { chosen = [options] { return fuzz_verb(*options); }; });
}

// nullptr if there is no such verb.
const CLI::App* find_verb(const CLI::App& app, const std::string& name) {
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
    if (verb->get_name() == name) return verb;
  return nullptr;
}

[[noreturn]] void no_such_verb(const std::string& name) {
  bad_input("exo: no verb \"{}\"; see ./exo help", name);
}

void add_prove(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("prove", "Prove the security core, function by function");
  const auto filter = std::make_shared<std::string>();
  verb->add_option("--filter", *filter, "only what has this text in its name");
  verb->callback([=, &chosen] { chosen = [=] { return prove_verb(*filter); }; });
}

void add_help(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("help", "Show this, or what one verb takes");
  const auto name = std::make_shared<std::string>();
  verb->add_option("VERB", *name, "a verb");
  verb->callback([name, &app, &chosen] {
    chosen = [name, &app] {
      const CLI::App* named = name->empty() ? &app : find_verb(app, *name);
      if (named == nullptr) no_such_verb(*name);
      // Not named->help(): of the whole command that would be the help of the verb "help".
      std::string text = app.get_formatter()->make_help(named, name->empty() ? "exo" : "exo " + *name,
                                                        CLI::AppFormatMode::Normal);
      while (text.ends_with('\n')) text.pop_back();
      print_line(text);
      return kExitOk;
    };
  });
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("Exo: library OSes that do not trust each other share one machine.", "exo");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this");
  const auto formatter = std::make_shared<PlainFormatter>();
  formatter->column_width(28);
  app.formatter(formatter);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("exo: {}; see ./exo help\n", error.what());
  });
  Chosen chosen;
  for (const auto add :
       {add_run, add_build, add_ps, add_logs, add_stop, add_test, add_prove, add_bench, add_fuzz, add_help})
    add(app, chosen);
  if (argc > 1 && argv[1][0] != '-' && find_verb(app, argv[1]) == nullptr) no_such_verb(argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitBadInput;
  }
  return chosen();
}

}  // namespace exo
