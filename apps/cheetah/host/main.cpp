// SPDX-License-Identifier: MIT
// cheetah-linux: the same server on Linux's sockets, to compare with: what of Cheetah's speed is its own, and
// what is the library OS's.
#include <getopt.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

#include "apps/cheetah/host/memory_disk.hpp"
#include "apps/cheetah/host/sockets.hpp"
#include "apps/cheetah/redirects.hpp"

namespace {

using namespace cheetah;

constexpr u32 kParsers = 1024, kBuffers = 16384;
using LinuxServer = Server<Sockets, MemoryDisk, kParsers, kBuffers>;

struct Arguments {
  u16 port = 8080;
  std::string root = ".", pack, words;
  int workers = 1;
};

volatile sig_atomic_t stopping = 0;

u64 now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<u64>(time.tv_sec) * 1'000'000'000 + static_cast<u64>(time.tv_nsec);
}

[[noreturn]] void usage() {
  std::fputs(
      "cheetah-linux: serves a folder over HTTP\n"
      "  --port N        TCP port (8080)\n"
      "  --root FOLDER   what to serve (.)\n"
      "  --pack FILE     a packed site instead\n"
      "  --workers N     processes that share the port (1)\n"
      "  --args WORDS    as the manifest's args: \"idle=15 known=off\"\n",
      stderr);
  std::exit(2);
}

Arguments read_arguments(int argc, char** argv) {
  static const option kOptions[] = {{"port", 1, nullptr, 'p'}, {"root", 1, nullptr, 'r'},
                                    {"pack", 1, nullptr, 'k'}, {"workers", 1, nullptr, 'w'},
                                    {"args", 1, nullptr, 'a'}, {nullptr, 0, nullptr, 0}};
  Arguments arguments;
  for (int c; (c = ::getopt_long(argc, argv, "", kOptions, nullptr)) != -1;) {
    if (c == 'p') arguments.port = static_cast<u16>(std::atoi(optarg));
    if (c == 'r') arguments.root = optarg;
    if (c == 'k') arguments.pack = optarg;
    if (c == 'w') arguments.workers = std::atoi(optarg);
    if (c == 'a') arguments.words = optarg;
    if (c == '?') usage();
  }
  if (optind != argc || arguments.port == 0 || arguments.workers < 1 || arguments.workers > 64) usage();
  return arguments;
}

// What is apart for each process.
struct Worker {
  explicit Worker(u16 port) : sockets(port) {}
  Sockets sockets;
  Store<MemoryDisk> store;
  std::unique_ptr<LinuxServer> server = std::make_unique<LinuxServer>();
  std::vector<Run> runs;
  std::vector<u8> marks;
  std::unique_ptr<http::Parser[]> parsers = std::make_unique<http::Parser[]>(kParsers + 1);
  std::unique_ptr<Buffer[]> buffers = std::make_unique<Buffer[]>(kBuffers);
  std::vector<AddressPlace> addresses{2 * kSockets};
};

void serve(const Arguments& arguments, MemoryDisk& disk, const Options& options, const Redirects& redirects) {
  Worker w(arguments.port);
  w.runs.resize(disk.directory().runs() + 1);
  w.marks.resize(disk.directory().size() + 1);
  w.store.start(disk, disk.directory(), disk.sums(), w.runs, w.marks, nullptr, disk.superblock().blocks);
  w.server->start(w.sockets, w.store, {w.parsers.get(), w.buffers.get(), w.addresses}, options,
                  static_cast<u64>(std::time(nullptr)) - now() / 1'000'000'000);
  w.server->use_redirects(redirects.list());
  bool told = false;
  for (u64 next = 0; !told || w.server->connections() > 0; next = w.server->poll(now())) {
    w.sockets.work(*w.server, next, now);
    if (stopping == 0 || told) continue;
    told = true;
    w.sockets.stop_listening();
    w.server->shut_down(now());
  }
}

int serve_all(const Arguments& arguments) {
  MemoryDisk disk;
  if (arguments.pack.empty()) {
    disk.build(arguments.root);
  } else {
    disk.map(arguments.pack);
  }
  Options options;
  const std::string_view bad = options.take(arguments.words);
  if (!bad.empty()) throw std::runtime_error("args: not understood: " + std::string(bad));
  Redirects redirects;
  if (const pack::Entry* list = disk.directory().find(kRedirectsFile))
    redirects.read({reinterpret_cast<char*>(disk.page(list->first_block)) + pack::kHeadroom, list->length});
  for (int i = 1; i < arguments.workers; i++) {
    if (::fork() != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    break;
  }
  serve(arguments, disk, options, redirects);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = read_arguments(argc, argv);
  struct sigaction action = {};
  action.sa_handler = [](int) { stopping = 1; };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  try {
    return serve_all(arguments);
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "cheetah-linux: %s\n", error.what());
    return 1;
  }
}
