// SPDX-License-Identifier: MIT
// Finding controllers: what they can do, how large their disk is, how many queues they have.
#include <algorithm>

#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/drivers/nvme.hpp"
#include "kernel/drivers/nvme_controller.hpp"
#include "kernel/drivers/report.hpp"
#include "kernel/log.hpp"

namespace drivers::nvme {
namespace {

constinit Controller controllers[kMaxControllers];
constinit u32 controller_count = 0;
constinit u8 controller_numbers[kMaxDevices] = {};

bool refuse(const Controller& controller, const char* why) {
  kernel::Log log("nvme");
  pci::put_name(controller.function, log.text());
  log.text().put(": ").put(why).put("; not used");
  return false;
}

bool identify(Controller& controller, u64 page, u32 what, u32 nsid) {
  Command command{};
  command.opcode = static_cast<u32>(Admin::Identify);
  command.nsid = nsid;
  command.prp1 = page;
  command.dword10 = what;
  return run(controller, command);
}

template <class T>
T field(const u8* data, u32 offset) {
  T value;
  __builtin_memcpy(&value, data + offset, sizeof value);
  return value;
}

// Largest command and model name (trailing blanks cut).
bool read_controller(Controller& controller, u64 page, base::Text& model) {
  if (!identify(controller, page, kIdentifyController, 0)) return false;
  const u8* data = arch::phys_to_virt<u8>(page);
  const u8 limit = data[kMaxTransfer];
  if (limit != 0 && limit < 5) controller.max_frames = 1u << limit;
  u32 length = kModelBytes;
  while (length > 0 && data[kModelNumber + length - 1] == ' ') length--;
  for (u32 i = 0; i < length; i++) {
    const u8 c = data[kModelNumber + i];
    model.put(c >= ' ' && c < 0x7f ? static_cast<char>(c) : '?');
  }
  return true;
}

// Size and block size of namespace 1, into the device's entry.
bool read_namespace(Controller& controller, u64 page) {
  if (!identify(controller, page, kIdentifyNamespace, 1)) return false;
  const u8* data = arch::phys_to_virt<u8>(page);
  const u32 format = field<u32>(data, kFormats + 4 * (data[kFormattedSize] & 15));
  const u32 shift = format >> 16 & 0xff;
  if (shift < 9 || shift > kPageShift || (format & 0xffff) != 0) return false;
  controller.entry().blocks = field<u64>(data, kNamespaceSize);
  controller.entry().block_size = 1u << shift;
  return controller.entry().blocks != 0;
}

// Asks for as many queue pairs as we could use; the rest of the limit is interrupts and doorbells.
bool ask_for_queues(Controller& controller) {
  u32 granted = 0;
  if (!run(controller, queues_command(), &granted)) return false;
  const u32 pairs = std::min(granted & 0xffff, granted >> 16) + 1;
  u32 doorbells = 0;
  while (doorbells < kMaxPairs &&
         controller.doorbell(doorbells + 1, true) + 4 <= controller.registers.length()) {
    doorbells++;
  }
  controller.pair_limit = std::min({pairs, kMaxPairs, controller.msix.entries() - 1, doorbells});
  return controller.pair_limit > 0;
}

// The pair that everything without one of its own goes by, and the admin queue's interrupt.
bool make_shared_pair(Controller& controller) {
  const u32 rings = arch::take_kernel_frames(2);
  controller.shared_commands = reinterpret_cast<Command*>(arch::frame_bytes(rings));
  controller.shared_completions = reinterpret_cast<DiskCompletion*>(arch::frame_bytes(rings + 1));
  shared_clear(controller);
  if (!route_interrupt(controller, 0) || !route_interrupt(controller, kSharedPair)) return false;
  controller.pairs[kSharedPair].state = PairState::Live;
  return run(controller, create_command(controller, kSharedPair, false)) &&
         run(controller, create_command(controller, kSharedPair, true));
}

bool bring_up(Controller& controller) {
  controller.function.enable();
  controller.registers = controller.function.map_bar(0, 0, 0);
  if (controller.registers.length() < kDoorbells) return refuse(controller, "no registers");
  const u64 low = controller.registers.read<u32>(kCapabilities);
  const Capabilities cap{low | static_cast<u64>(controller.registers.read<u32>(kCapabilities + 4)) << 32};
  controller.doorbell_stride = cap.doorbell_stride();
  controller.timeout_ms = cap.timeout_ms();
  if (!cap.nvm_commands() || !cap.pages_of_4k() || cap.queue_entries() < kQueueEntries) {
    return refuse(controller, "lacks NVM commands, 4 KiB pages or queues of 64 entries");
  }
  if (!controller.msix.open(controller.function)) return refuse(controller, "no MSI-X");
  if (!reset(controller)) return refuse(controller, "does not become ready");
  return true;
}

bool read_disk(Controller& controller, base::Text& model) {
  const u64 page = static_cast<u64>(arch::take_kernel_frames(1)) << kPageShift;
  if (!read_controller(controller, page, model)) return refuse(controller, "does not identify itself");
  if (!read_namespace(controller, page)) {
    return refuse(controller, "no namespace 1 with blocks of 512..4096 bytes without metadata");
  }
  if (!ask_for_queues(controller) || !make_shared_pair(controller))
    return refuse(controller, "grants no I/O queue");
  return true;
}

void give_up(Controller& controller) {
  if (controller.registers.length() != 0) disable(controller);
  controller.function.stop_dma();
  controller.entry() = DeviceEntry{};
}

}  // namespace

Controller& controller_of(u16 device) { return controllers[controller_numbers[device]]; }

u32 interrupt_context(const Controller& controller, u32 pair) {
  return static_cast<u32>(&controller - controllers) << 16 | pair;
}
Controller& controller_of_interrupt(u32 context) { return controllers[context >> 16]; }

void tick_all() {
  for (u32 i = 0; i < controller_count; i++) tick(controllers[i]);
}

bool probe(pci::Function function) { return function.class_code() == 0x010802; }

bool start(pci::Function function, u16 device) {
  if (controller_count == kMaxControllers) {
    kernel::Log("nvme")
        .text()
        .put("more controllers than this kernel drives, which are ")
        .dec(kMaxControllers);
    return false;
  }
  Controller& controller = controllers[controller_count];
  controller = Controller{};
  controller.function = function;
  controller.device = device;
  controller.entry() = DeviceEntry{};
  char name[kModelBytes];
  base::Text model(name, sizeof name);
  if (!bring_up(controller) || !read_disk(controller, model)) {
    give_up(controller);
    return false;
  }
  controller.entry().type = DeviceType::Nvme;
  controller.entry().max_queues = kMaxQueues;
  controller.entry().own_queues = static_cast<u8>(controller.pair_limit - 1);
  controller_numbers[device] = static_cast<u8>(controller_count++);

  kernel::Log log(DeviceTopic("disk", device).text());
  log.text().put("NVMe at ");
  pci::put_name(function, log.text());
  log.text().put(" (").put(model.data(), model.size()).put(")");
  put_capacity(controller.entry(), log.text());
  log.text().put(", ").dec(controller.pair_limit - 1).put(" queues and a shared one");
  return true;
}

}  // namespace drivers::nvme
