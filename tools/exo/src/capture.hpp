// SPDX-License-Identifier: MIT
// What `exo run --pcap FILE` writes: QEMU dumps the card's frames while the machine runs, and when it has
// ended they become a pcapng file (draft-ietf-opsawg-pcapng) with an interface for each environment: what it
// sent and what it received by the manifest's predicates. What belongs to none is on the interface "nobody".
#pragma once
#include <string>
#include <vector>

#include "files.hpp"
#include "manifest/reader.hpp"

namespace exo {

// An environment with a network, and its predicates.
struct Watched {
  std::string name;
  manifest::Filter receive;
  manifest::Filter send;
};

struct Capture {
  Path file;  // empty: none is wanted
  std::vector<Watched> envs;
  Path raw() const { return file.string() + ".raw"; }  // of QEMU's
};

// All of the image, in its order. Throws Error if `file` cannot be written.
Capture plan_capture(const Path& file, const manifest::Reader& compiled);

// One frame as QEMU saw it.
struct Carried {
  std::uint64_t microseconds = 0;  // since 1970
  std::uint32_t length = 0;        // that it had
  ByteVector bytes;                // that were kept
};

// The frames of a dump of QEMU's. With a TAP, QEMU before 8.0 writes the header that host and card exchange
// in front of each: it is taken off. A dump that ends in the middle gives what is whole.
std::vector<Carried> read_dump(const ByteVector& dump);

// Which environments a frame belongs to (none: nobody), and whether `guest` sent it.
struct Owners {
  bool sent = false;
  std::vector<std::size_t> envs;
};
Owners owners_of(const Carried& frame, const std::vector<Watched>& envs);

// The pcapng file of a dump.
ByteVector split_capture(const ByteVector& dump, const std::vector<Watched>& envs);

// Reads capture.raw(), writes capture.file and removes the raw one. What went wrong, empty: nothing did.
std::string finish_capture(const Capture& capture);

}  // namespace exo
