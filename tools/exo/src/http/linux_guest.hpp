// SPDX-License-Identifier: MIT
// Debian's Linux kernel with a web server in its first root file system: what Exo is compared with.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "files.hpp"

namespace exo {

enum class LinuxServer { Nginx, Cheetah };

struct LinuxGuest {
  Path kernel;  // uncompressed, entered by PVH as our own
  Path initrd;
  std::string command_line;
};

// What the guest is for.
struct LinuxPurpose {
  LinuxServer server = LinuxServer::Nginx;
  Path program;               // of LinuxServer::Cheetah, linked statically
  Path site;                  // folder whose files are served on port 80
  std::string address;        // of its card, "10.0.2.15/24"
  std::uint32_t workers = 1;  // processes of the server
};

// Downloads from Debian what `cache` has not yet, and writes the file system into `folder`. Throws Error.
LinuxGuest prepare_linux(const LinuxPurpose& purpose, const Path& cache, const Path& folder);

// nginx.conf: everything tuned that can be.
std::string nginx_settings(std::uint32_t workers);

// The kernel inside a bzImage (Documentation/x86/boot.rst: setup_sects, payload_offset, payload_length);
// still compressed. Throws Error if it is none.
ByteVector kernel_payload(const ByteVector& image);

}  // namespace exo
