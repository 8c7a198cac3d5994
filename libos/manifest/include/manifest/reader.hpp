// SPDX-License-Identifier: MIT
// Reads a compiled manifest in place. open() checks every field once against the limits of
// manifest/format.hpp, so that what envs() gives can be used without further checks. No copies: the
// bytes must stay where they are.
#pragma once
#include <span>

#include "base/result.hpp"
#include "manifest/format.hpp"

namespace manifest {

class Reader {
 public:
  // `data` is 8-byte aligned. BadArgument: not a manifest of this version, or a field out of range;
  // OutOfRange: shorter or longer than it says.
  static base::Result<Reader> open(const void* data, u64 bytes);

  const Header& header() const { return *header_; }
  // Environment 0 is the root environment's own share.
  std::span<const Env> envs() const { return {envs_, header_->env_count}; }
  // nullptr if no environment has that name.
  const Env* find(const char* name) const;

  constexpr Reader() = default;  // reads nothing; what Result holds beside an error

 private:
  const Header* header_ = nullptr;
  const Env* envs_ = nullptr;
};

}  // namespace manifest
