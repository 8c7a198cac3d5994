// SPDX-License-Identifier: MIT
// cheetah: an HTTP library OS. One loop over packets and the disk's completions.
#include "apps/cheetah/exo/disk.hpp"
#include "apps/cheetah/exo/transport.hpp"
#include "apps/cheetah/redirects.hpp"

namespace {

using namespace abi;

constexpr u32 kParsers = 64;
constexpr u32 kBuffers = 256;
constexpr u32 kRingFrames = 128;  // 256 packets: one of each connection
constexpr u32 kLogPages = 4;
constexpr u32 kOtherFrames = 320 + kRingFrames;  // for headers, rings and page tables, beside the cache
constexpr u64 kStopTick = 10 * core::kMillisecond;
constexpr u32 kBatch = 64;    // packets taken before anything else gets its turn
constexpr u64 kNap = 20'000;  // ns: longer than the way into the kernel, so that the CPU is given up

using Transport = cheetah::Transport;
using Server = cheetah::Server<Transport, cheetah::Disk, kParsers, kBuffers>;

constinit cheetah::Disk disk{};
constinit cheetah::Store<cheetah::Disk> store{};
constinit apps::Interface interface {};
constinit Transport::Engine engine{};
constinit Transport transport{};
constinit Server server{};
constinit cheetah::Redirects redirects{};
constinit cheetah::Options options{};

u64 pages_for(u64 bytes) { return (bytes + kPageSize - 1) / kPageSize; }

// Memory that is there when it is used.
template <class Thing>
Thing* table_of(u64 count) {
  const auto region = vm::space().reserve(pages_for(count * sizeof(Thing)) + 1, vm::Kind::DemandZero);
  apps::require(region.status(), "no addresses for a table");
  return reinterpret_cast<Thing*>(region.value());
}

void read_options(const char* args) {
  const std::string_view bad = options.take(args);
  if (bad.empty()) return;
  core::Line().text().put("args: not understood: ").put(bad.data(), bad.size());
  core::panic("args say what the server does not know");
}

void read_redirects() {
  const pack::Entry* entry = disk.directory().find(cheetah::kRedirectsFile);
  if (entry == nullptr) return;
  u32 bad = 1;
  if (entry->length <= cheetah::kMaxRedirectsBytes) {
    const u64 blocks = pack::file_blocks(entry->length);
    apps::require(disk.read_now(entry->first_block, blocks), "the list of redirections cannot be read");
    const char* text = reinterpret_cast<const char*>(disk.page(entry->first_block)) + pack::kHeadroom;
    const std::span<const u8> bytes(reinterpret_cast<const u8*>(text), entry->length);
    if (!pack::intact(*entry, bytes)) core::panic("the list of redirections is damaged");
    bad = redirects.read({text, entry->length});
  }
  if (bad != 0) core::Line().text().put("_redirects: line ").dec(bad).put(" is not understood and left out");
  server.use_redirects(redirects.list());
}

u64 exchanges() { return cheetah::Exchanges::exchanges(options.connections); }
u64 copied_bytes() { return options.gather ? 0 : cheetah::Copies::kBytes; }
u64 addresses() { return options.per_address != 0 ? u64{2} * options.connections : 0; }

// The list stays where it was read, and is a file of the site like any other.
void keep_redirects() {
  const pack::Entry* entry = disk.directory().find(cheetah::kRedirectsFile);
  if (entry == nullptr || entry->length > cheetah::kMaxRedirectsBytes) return;
  u32 left = static_cast<u32>(pack::file_blocks(entry->length)), block = entry->first_block;
  for (u32 run = entry->first_run; left > 0; run++) {
    const u32 blocks = left < pack::kRunBlocks ? left : pack::kRunBlocks;
    store.cache().keep(run, block, blocks);
    block += blocks;
    left -= blocks;
  }
}

// What is left of the quota is the files'.
void start_store(u32 frames_left) {
  const u64 blocks = disk.superblock().blocks, runs = disk.directory().runs(),
            files = disk.directory().size();
  const u64 kept_pages = pages_for(blocks * cheetah::kSumsPerBlock * sizeof(u16));
  u64 taken = kOtherFrames + disk.pages() + pages_for(runs * sizeof(cheetah::Run)) + pages_for(files) + 2;
  const u64 pools = cheetah::Pools(options.connections).pages();
  taken += pools + pools / 256 + pages_for(exchanges() * sizeof(cheetah::Exchange)) +
           pages_for(addresses() * sizeof(cheetah::AddressPlace)) + pages_for(copied_bytes()) +
           2;  // page tables, too
  if (taken >= frames_left) core::panic("so many connections leave no memory for files");
  const u64 left = frames_left - taken;
  // Where the card makes them nobody asks for them; and they may cost no more than they save.
  const bool keep = options.sums && !interface.card().features().checksum && kept_pages < left / 16;
  if (keep) taken += kept_pages + 1;
  u16* kept = keep ? table_of<u16>(blocks * cheetah::kSumsPerBlock) : nullptr;
  store.start(disk, disk.directory(), disk.sums(), {table_of<cheetah::Run>(runs), runs},
              {table_of<u8>(files), files}, kept, frames_left - taken);
}

// For others to read, where the manifest gives it memory for that; else, if `args` want one, for nobody, so
// that a bench can tell what it costs.
void start_log(const core::Window& given) {
  cheetah::Log log;
  if (given.slot != kNone) {
    const auto ring = vm::map_shared(given.slot, given.first, given.count);
    apps::require(ring.status(), "the access log cannot be mapped");
    log.start(ring.value(), u64{given.count} * kPageSize);
  } else if (options.log) {
    const auto ring = vm::allocate_dma(kLogPages);
    apps::require(ring.status(), "no memory for the access log");
    log.start(ring.value().bytes, kLogPages * kPageSize);
  }
  if (log.on()) server.use_log(log);
}

void start_server(u64 now, const core::Window& log) {
  tcp::Settings settings;
  settings.key = {core::random64(), core::random64()};
  settings.predict = options.predict;
  settings.merge = options.merge;
  const cheetah::Pools pools(options.connections);
  engine.start(interface.stack(), pools.lay_out(table_of<u8>(pools.pages() * kPageSize)),
               cheetah::events_of(server), settings);
  if (!engine.listen(interface.port(), options.connections / 2)) core::panic("cannot listen");
  transport = Transport(engine, interface.card(), {table_of<cheetah::Exchange>(exchanges()), exchanges()});
  if (!options.gather) transport.copy_all(table_of<u8>(copied_bytes()));
  const u64 unix_time = core::unix_time();
  start_log(log);
  const Server::Memory memory{table_of<http::Parser>(kParsers + 1),
                              table_of<cheetah::Buffer>(kBuffers),
                              {table_of<cheetah::AddressPlace>(addresses()), addresses()}};
  server.start(transport, store, memory, options, unix_time == 0 ? 0 : unix_time - now / core::kSecond);
}

constinit core::StopNotice nobody_stops{};

const volatile core::StopNotice& stop_notice(const core::Window& window) {
  if (window.slot == kNone) return nobody_stops;
  const auto page = vm::map_window(window.slot, window.first, window.count);
  apps::require(page.status(), "the notice that says when to stop cannot be mapped");
  return *reinterpret_cast<const volatile core::StopNotice*>(page.value());
}

// New connections are refused, and those that are there end after the response that they are owed.
void begin_to_stop(u64 now) {
  core::print("no new connections; those that are there end");
  engine.stop_listening(interface.port());
  server.shut_down(now);
}

void take_run(u32 run, bool ok) {
  store.cache().finished(run, ok);
  if (!ok) core::Line().text().put("the disk cannot read run ").dec(run);
}

// With `bursts` off every packet costs a sleep and a wake-up, and so does every completion that comes without
// one, as in a server that is told of each by an interrupt. Where the next one is there already the timer's
// interrupt stands for its own.
void sleep_for_one(u64 next, bool more) {
  if (!more && !interface.card().has_packets()) return interface.sleep(next);
  core::sleep(nullptr, 0, core::tsc_at(core::now() + kNap));
}

void serve(const volatile core::StopNotice& stop) {
  const u32 most = options.bursts ? kBatch : 1, most_completions = options.bursts ? kDiskDepth : 1;
  bool stopping = false;
  while (!stopping || server.connections() > 0 || !interface.card().quiet()) {
    u64 now = core::now();
    if (!stopping && stop.deadline != 0) {
      stopping = true;
      begin_to_stop(now);
    }
    const u32 packets = interface.receive(now, most);
    const u32 completions = disk.poll(take_run, most_completions);
    now = core::now();
    u64 next = server.poll(now);
    disk.flush();
    next = apps::earlier(next, engine.poll(now));
    next = apps::earlier(next, interface.poll(now));
    interface.flush();
    if (stopping) next = apps::earlier(next, core::now() + kStopTick);
    if (!options.bursts) {
      sleep_for_one(next, completions > 0);
    } else if (packets < kBatch) {
      interface.sleep(next);
    }
  }
  core::print("all connections have ended");
}

}  // namespace

void app_main(const core::StartInfo& start) {
  if (!core::start_clock()) core::panic("a server needs the time: give it the capability `time`");
  apps::require(vm::start(), "no address space of its own");
  if (start.extent.slot == kNone) core::panic("nothing to serve: no extent of a disk");
  if (start.network.receive == kNone) core::panic("nobody to serve: no network");
  read_options(start.args);
  apps::require(disk.start(start.extent), "no site to serve");
  read_redirects();
  const u64 now = core::now();
  interface.start(start.network, kRingFrames, now);
  start_store(start.frames_left);
  keep_redirects();
  start_server(now, start.log);
  serve(stop_notice(start.stop));
}
