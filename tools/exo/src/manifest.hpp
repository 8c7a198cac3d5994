// SPDX-License-Identifier: MIT
// A manifest as its author wrote it: the TOML file in C++ types, every part with the line that it
// came from, so that whatever is found wrong later can still be pointed at.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address.hpp"
#include "files.hpp"

namespace exo {

// A value and its line in the file.
template <class T>
struct At {
  T value{};
  int line = 0;
};

struct SliceSpec {
  int line = 0;
  std::uint32_t cpu = 0;    // modulo the machine's number of CPUs
  std::uint32_t count = 0;  // positions of its vector
  bool spread = false;
};

struct ExtentSpec {
  int line = 0;
  At<std::uint64_t> bytes;                  // a multiple of 4 KiB
  std::optional<At<std::uint64_t>> offset;  // bytes from the start of the disk; else where there is room
  At<Path> site;                            // folder to pack into it; empty: none
  At<Path> raw;                             // file to copy into it; empty: none
  bool writable = false;
  bool managing = false;  // may hand blocks out by an ownership table
};

struct NetworkSpec {
  int line = 0;
  bool dhcp = false;
  At<std::uint32_t> address;  // 10.0.2.15 is 0x0a00020f; 0 with dhcp
  std::uint32_t prefix = 0;
  std::uint32_t gateway = 0;
  bool ip6 = false;
  At<Address6> address6{};  // all zero: what routers advertise
  std::uint32_t prefix6 = 0;
  Address6 gateway6{};  // all zero: none
  std::uint32_t port = 0;
  At<std::uint32_t> publish;
  bool broadcast = false;
  bool shared = false;      // with other instances
  At<std::string> receive;  // tcpdump expressions
  At<std::string> send;
};

struct EnvSpec {
  int line = 0;
  At<std::string> name;
  At<std::string> program;
  At<std::uint64_t> memory;       // bytes, a multiple of 4 KiB
  std::uint64_t borrow = 0;       // likewise
  std::uint32_t start_after = 0;  // seconds
  std::uint32_t stop_within = 0;  // seconds; 0: it is not asked
  std::uint32_t capabilities = 0;
  std::string args;
  std::vector<SliceSpec> slices;
  std::uint32_t idle = 1;          // weight of its claim to idle time
  At<std::uint32_t> instances{1};  // as the manifest says; each is an environment after expand_instances
  std::uint32_t instance = 0;
  At<std::uint64_t> log;              // bytes of a log that it writes, a multiple of 4 KiB; 0: none
  std::vector<At<std::string>> logs;  // environments whose logs it reads
  std::optional<ExtentSpec> extent;
  std::optional<NetworkSpec> network;

  // By its name, or as an instance by that of all.
  bool is_called(const std::string& called) const {
    return name.value == called ||
           (instances.value > 1 && name.value.substr(0, name.value.rfind('.')) == called);
  }
};

struct MachineSpec {
  int line = 0;
  std::uint32_t cpus = 2;
  std::uint64_t memory = 128ull << 20;
  std::uint64_t use = 0;  // of it that the kernel is to use; 0: all
  At<std::uint64_t> disk{64ull << 20, 0};
};

struct Manifest {
  Path file;  // as the person named it
  std::string name;
  MachineSpec machine;
  std::vector<EnvSpec> envs;  // in the order of the file

  // Where relative paths in the manifest start.
  Path folder() const { return file.parent_path(); }
};

// Reads and checks what one file can tell on its own: syntax, keys, types, ranges. `file` is what
// errors name. Throws Error (bad input) with one line: FILE:LINE: what is wrong; what to do.
Manifest parse_manifest(const Path& file, std::string_view text);

// Whether there is a program of that name to put into an image.
using HasProgram = std::function<bool(const std::string&)>;

// What must hold between the parts: one owner for each name, address and published port; one root
// environment; programs and content that exist. Throws the same errors.
void check_manifest(const Manifest& manifest, const HasProgram& has_program);

// Makes each environment of several instances that many environments, one behind the other: NAME.0 and so on,
// each one CPU further, on the same blocks, with its part of the connections. Throws the same errors.
void expand_instances(Manifest& manifest);

[[noreturn]] void bad_manifest(const Path& file, int line, const std::string& what);

}  // namespace exo
