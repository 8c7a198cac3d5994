// SPDX-License-Identifier: MIT
// The core's tables, where environments can read them: one section of whole pages, contiguous in
// physical memory, with the header first (kernel.ld). Private tables lie outside it.
#include "kernel/ledger.hpp"

#include "kernel/core/state.hpp"
#include "kernel/core/tables.hpp"

#define LEDGER(part) [[gnu::section(".ledger." part)]] alignas(abi::kPageSize) constinit

extern "C" {
LEDGER("header") abi::LedgerHeader ledger_header{};
LEDGER("tables") abi::CpuEntry cpus[abi::kMaxCpus]{};
LEDGER("tables") abi::EnvEntry envs[abi::kMaxEnvs]{};
LEDGER("tables") abi::CapEntry caps[abi::kMaxCaps]{};
LEDGER("tables") abi::FilterEntry filters[abi::kMaxFilters]{};
LEDGER("tables") abi::ShapeEntry shapes[abi::kMaxShapes]{};
LEDGER("tables") abi::BindingEntry bindings[abi::kMaxBindings]{};
LEDGER("tables") abi::DeviceEntry devices[abi::kMaxDevices]{};
LEDGER("tables") abi::QueueEntry queues[abi::kMaxQueues]{};
LEDGER("tables") abi::ExtentTable extent_tables[abi::kExtentTables]{};
LEDGER("tables") abi::ExtentEntry extents[abi::kMaxExtents]{};
[[gnu::section(".time_page")]] alignas(abi::kPageSize) constinit abi::TimePage time_page{};
}

namespace kernel {

namespace {

template <class T>
abi::TableInfo describe(const T* table, abi::u32 count) {
  const auto offset = reinterpret_cast<const abi::u8*>(table) - ledger_start;
  return {static_cast<abi::u32>(offset), sizeof(T), count, 0};
}

}  // namespace

void ledger_describe(abi::u64 archive_bytes) {
  abi::LedgerHeader& header = ledger_header;
  header.magic = abi::kLedgerMagic;
  header.format = abi::kLedgerVersion;
  header.bytes = static_cast<abi::u64>(ledger_end - ledger_start);
  header.envs = describe(envs, abi::kMaxEnvs);
  header.caps = describe(caps, abi::kMaxCaps);
  header.filters = describe(filters, abi::kMaxFilters);
  header.bindings = describe(bindings, abi::kMaxBindings);
  header.cpus = describe(cpus, abi::kMaxCpus);
  header.devices = describe(devices, abi::kMaxDevices);
  header.queues = describe(queues, abi::kMaxQueues);
  header.extent_tables = describe(extent_tables, abi::kExtentTables);
  header.extents = describe(extents, abi::kMaxExtents);
  header.shapes = describe(shapes, abi::kMaxShapes);
  header.archive_bytes = archive_bytes;
}

}  // namespace kernel
