// SPDX-License-Identifier: MIT
// Options: what the manifest's `args` (or the command line) say about a server, as words like "idle=15" and
// "sums=off". The switches are there so that a bench can show what each of them is worth.
#pragma once
#include <string_view>

#include "http/session.hpp"

namespace cheetah {

using namespace abi;

struct Options {
  http::Timeouts timeouts = {};  // "idle", "header", "load", "send", "drain": seconds, 1..3600
  u32 connections = 256;         // "connections": at a time, 16..16384, on Exo
  u32 per_address = 0;           // "per-address": connections that one address may have; 0: all
  u32 ahead = 2;                 // "ahead": runs of a file that are read before they are wanted, 0..8
  bool known = true;             // "known": a request whose bytes came before is not read again
  bool heads = true;             // "heads": headers lie ready in front of the files
  bool sums = true;              // "sums": checksums are kept with the files
  bool hot = true;               // "hot": files stay in memory while there is room
  bool predict = true;           // "predict": short ways through TCP for segments that are as expected
  bool merge = true;     // "merge": header, data, FIN and acknowledgement in one segment where they fit
  bool together = true;  // "together": small files that lie behind one that is read are read with it
  bool gather = true;    // "gather": what is sent is sent from where it lies in the cache, on Exo
  bool bursts = true;    // "bursts": all packets and completions that are there in one turn, on Exo
  bool log = false;      // "log": requests are noted in an access log even if nobody may read it

  // Takes words, separated by spaces. Empty: all were understood; else the first that was not.
  std::string_view take(std::string_view words);
};

}  // namespace cheetah
