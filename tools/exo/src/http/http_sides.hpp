// SPDX-License-Identifier: MIT
// The machines that `exo bench http` compares: what boots on each, and the files that all of them serve.
#pragma once
#include <string>
#include <vector>

#include "http_bench.hpp"
#include "qemu.hpp"

namespace exo {

inline constexpr std::uint32_t kFileSizes[] = {1, 16, 100, 1024};  // KiB

struct ServerSide {
  std::string name;
  std::string absent;  // why it cannot run; empty: it can
  Hardware hardware;   // kernel, initrd, command line and disk; the rest is equal on all sides
  Path timed_image{};  // instead of the kernel where it is timed on several CPUs; empty: the same
};

// The content of a file of the site: text without pattern, the same every time.
ByteVector file_content(std::uint32_t kib);

inline constexpr const char* kExoServer = "cheetah";  // program of bench/http/exo.toml

// In what Exo's side may differ from bench/http/exo.toml.
struct ExoServer {
  std::string name = "bench-http";  // of the image
  std::string program = kExoServer;
  std::string args{};         // of the server
  std::uint32_t cpus = 1;     // each with a server of its own
  std::uint32_t memory = 12;  // MiB of each server
};

// Builds the image and the disk of Exo's side, with the files. Throws Error.
Hardware prepare_exo(const ExoServer& server, const std::string& cpu_model, Offload offload);

// Builds or downloads what the chosen sides need. Throws Error.
std::vector<ServerSide> prepare_sides(const HttpBenchOptions& options);

}  // namespace exo
