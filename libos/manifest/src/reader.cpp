// SPDX-License-Identifier: MIT
#include "manifest/reader.hpp"

#include "abi/cap.hpp"
#include "abi/slice.hpp"

namespace manifest {

namespace {

using abi::Status;

// Non-empty (unless `may_be_empty`), printable and zero-terminated within `size` bytes.
bool is_text(const char* text, u32 size, bool may_be_empty) {
  if (text[0] == 0) return may_be_empty;
  for (u32 i = 0; i < size; i++) {
    if (text[i] == 0) return true;
    if (text[i] < ' ' || text[i] > '~') return false;
  }
  return false;
}

bool same_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

bool slices_are_good(const Env& env) {
  if (env.slice_claims > kMaxSliceClaims || env.idle > abi::kMaxIdleWeight) return false;
  for (u32 i = 0; i < env.slice_claims; i++) {
    const SliceClaim& claim = env.slices[i];
    if (claim.count == 0 || claim.count > abi::kSlicePositions || claim.spread > 1) return false;
  }
  return true;
}

bool extent_is_good(const Extent& extent, u64 disk) {
  if (extent.count == 0) return true;
  const u64 units = disk / kExtentUnit;
  if (extent.first < kFirstExtent / kExtentUnit || extent.first > units) return false;
  if (extent.count > units - extent.first || extent.content > kRaw) return false;
  return extent.rights == abi::kRead || extent.rights == (abi::kRead | abi::kWrite) ||
         extent.rights == kManage;
}

bool network_is_good(const Network& network) {
  if ((network.flags & ~(kNetwork | kDhcp | kBroadcast | kIp6 | kShared)) != 0) return false;
  if (network.prefix > 32 || network.prefix6 > 128 || network.port > 0xffff || network.publish > 0xffff)
    return false;
  return network.receive.length <= abi::kMaxFilterInsns && network.send.length <= abi::kMaxFilterInsns;
}

bool logs_are_good(const Env& env, u32 env_count) {
  if (env.log_frames > kMaxLogFrames || env.log_count > kMaxLogs) return false;
  for (u32 i = 0; i < env.log_count; i++)
    if (env.logs[i] >= env_count) return false;
  return true;
}

bool env_is_good(const Env& env, u64 disk) {
  return is_text(env.name, kNameSize, false) && is_text(env.program, kProgramSize, false) &&
         is_text(env.args, kArgsSize, true) && env.frames <= abi::kMaxFrames &&
         env.borrow <= abi::kMaxFrames && env.start_after <= kMaxStartAfter &&
         env.stop_within <= kMaxStopWithin && env.instances <= kMaxInstances &&
         (env.instance == 0 || env.instance < env.instances) && (env.capabilities & ~kAllCapabilities) == 0 &&
         slices_are_good(env) && extent_is_good(env.extent, disk) && network_is_good(env.network);
}

}  // namespace

base::Result<Reader> Reader::open(const void* data, u64 bytes) {
  if (bytes < sizeof(Header)) return Status::OutOfRange;
  Reader reader;
  reader.header_ = static_cast<const Header*>(data);
  reader.envs_ = reinterpret_cast<const Env*>(reader.header_ + 1);
  const Header& header = *reader.header_;
  if (header.magic != kMagic || header.version != kVersion) return Status::BadArgument;
  if (header.env_count == 0 || header.env_count > kMaxEnvs) return Status::BadArgument;
  if (!is_text(header.name, kProgramSize, false)) return Status::BadArgument;
  if (header.bytes != sizeof(Header) + u64{header.env_count} * sizeof(Env)) return Status::OutOfRange;
  if (bytes != header.bytes) return Status::OutOfRange;
  for (const Env& env : reader.envs())
    if (!env_is_good(env, header.disk) || !logs_are_good(env, header.env_count) ||
        reader.find(env.name) != &env)
      return Status::BadArgument;
  return reader;
}

const Env* Reader::find(const char* name) const {
  for (const Env& env : envs())
    if (same_text(env.name, name)) return &env;
  return nullptr;
}

}  // namespace manifest
