// SPDX-License-Identifier: MIT
#include "kernel/syscall/disk_table.hpp"

#include "kernel/arch/x86_64/schedule.hpp"
#include "kernel/drivers/drivers.hpp"

namespace kernel {

namespace {

enum class Work : u8 { None, Load, Format, Update };

// Each piece of work is a list of commands, counted by `at`.
struct Task {
  Work work = Work::None;
  ExtentFormat mode = ExtentFormat::Load;
  bool in_device = false;
  bool unreadable = false;  // Load: a copy of this page could not be read
  bool any_unreadable = false;
  u16 device = 0;
  u16 env = kNoEnv;   // who gets the outcome
  u16 turn = kNoEnv;  // who comes next, until `turn_ticks` have gone by
  u16 turn_ticks = 0;
  u32 at = 0;
  Status worst = Status::Ok;
  u64 id = 0;
  u64 waiting[kMaxEnvs / 64] = {};  // environments that were told Again while others were at work
  core::ExtentChange change = {};
};
constinit Task tasks[kExtentTables];
alignas(kPageSize) constinit ExtentPage pages[kExtentTables][2] = {};

enum class RequestState : u8 { None, Active, Done };
struct Request {
  RequestState state = RequestState::None;
  Status status = Status::Ok;
  TableCall call = {};
  ExtentEntry entry = {};
};
constinit Request requests[kMaxEnvs];

bool same(const TableCall& a, const TableCall& b) { return __builtin_memcmp(&a, &b, sizeof a) == 0; }

// ---- commands of the pieces of work

// What a piece of work does at a place in its list.
struct Command {
  DiskOp op;
  u32 page;
  u32 copy;
  bool last;  // the work is over
};

constexpr u32 kCopies = 2 * kExtentPages;

Command load_command(u32 at) {
  if (at < kCopies) return {DiskOp::Read, at / 2, at % 2, false};
  return {DiskOp::Flush, 0, 0, at > kCopies};  // what was read is what a crash leaves
}

// Page 0, which says which table the others belong to, comes when they are on stable storage.
Command format_command(u32 at) {
  if (at < kCopies - 2) return {DiskOp::Write, kExtentPages - 1 - at / 2, at % 2, false};
  if (at == kCopies - 2 || at > kCopies) return {DiskOp::Flush, 0, 0, at > kCopies + 1};
  return {DiskOp::Write, 0, at - (kCopies - 1), false};
}

Command command_of(const Task& task) {
  if (task.work == Work::Load) return load_command(task.at);
  if (task.work == Work::Format) return format_command(task.at);
  const u32 page = task.change.number[0] / kExtentsPerPage;
  if (task.at > 0) return {DiskOp::Flush, 0, 0, task.at > 1};
  return {DiskOp::Write, page, core::ownership_older_copy(task.change), false};
}

u32 number_of(const Task& task) { return static_cast<u32>(&task - tasks); }

void fill_page(const Task& task, const Command& command, ExtentPage& page) {
  if (command.op != DiskOp::Write) return;
  if (task.work == Work::Update) return core::ownership_encode(task.change, page);
  core::ownership_empty(number_of(task), task.id, command.page, page);
}

// ---- outcomes

// The next environment that was told Again may go before the one that has just been served.
void pass_turn(Task& task) {
  constexpr u16 kPatience = 2;  // ticks
  task.turn = kNoEnv;
  for (u32 i = 1; i <= kMaxEnvs; i++) {
    const u32 env = (task.env + i) % kMaxEnvs;
    if ((task.waiting[env / 64] >> env % 64 & 1) == 0) continue;
    task.turn = static_cast<u16>(env);
    task.turn_ticks = kPatience;
    return;
  }
}

void end_work(Task& task, Status status) {
  task.work = Work::None;
  if (task.env != kNoEnv) {
    Request& request = requests[task.env];
    request.state = RequestState::Done;
    request.status = status;
    request.entry = task.change.entry[0];
    arch::env_memory_changed(task.env);
  }
  pass_turn(task);
  task.env = kNoEnv;
}

void begin_format(Task& task) {
  task.work = Work::Format;
  task.at = 0;
  task.id = arch::now_tsc();
}

void end_load(Task& task) {
  const u32 table = number_of(task);
  const Status status = core::ownership_end(table, task.worst);
  const bool lost = status != Status::Ok && task.any_unreadable;  // it may be there all the same
  if (status == Status::NotFound && !lost && task.mode == ExtentFormat::Create) return begin_format(task);
  if (lost || status == Status::NotFound) core::ownership_forget(table);
  const bool occupied = status == Status::Ok && task.mode == ExtentFormat::Create;
  end_work(task, lost ? Status::DeviceError : occupied ? Status::Occupied : status);
}

void finish_work(Task& task) {
  switch (task.work) {
    case Work::Load:
      return end_load(task);
    case Work::Format:
      core::ownership_formatted(number_of(task), task.id);
      return end_work(task, Status::Ok);
    default:
      core::ownership_commit(task.change);
      return end_work(task, Status::Ok);
  }
}

void fail_work(Task& task) {
  if (task.work == Work::Update) {
    core::ownership_fail(number_of(task));
  } else {
    core::ownership_forget(number_of(task));
  }
  end_work(task, Status::DeviceError);
}

// ---- progress

void step(Task& task) {
  while (task.work != Work::None && !task.in_device) {
    const Command command = command_of(task);
    if (command.last) {
      finish_work(task);
      continue;
    }
    ExtentPage* const page = &pages[number_of(task)][command.op == DiskOp::Read ? command.copy : 0];
    fill_page(task, command, *page);
    const u64 block = command.op == DiskOp::Flush
                          ? 0
                          : core::ownership_page_block(number_of(task), command.page, command.copy);
    const Status status = drivers::disk_kernel_io(task.device, command.op, block, page);
    if (status == Status::NoSpace) return;  // at the next tick
    if (status != Status::Ok) return fail_work(task);
    task.in_device = true;
  }
}

// A page is read: its second copy completes it.
void take_page(Task& task, const Command& command, bool ok) {
  const u32 table = number_of(task);
  if (!ok) {
    task.unreadable = task.any_unreadable = true;
    pages[table][command.copy] = ExtentPage{};
  }
  if (command.copy == 0) return;
  const Status status = core::ownership_load(table, command.page, pages[table][0], pages[table][1]);
  if (status != Status::Ok) task.worst = status;
  if (task.unreadable) core::ownership_skip(table, command.page);
  task.unreadable = false;
}

Task* task_of(u16 device) {
  const u32 table = core::ownership_table(device);
  return table == kNone ? nullptr : &tasks[table];
}

void remember_waiting(Task& task, u16 env) { task.waiting[env / 64] |= 1ul << env % 64; }

// Nobody's work is under way and it is not somebody else's turn.
bool may_begin(Task& task, u16 env) {
  if (task.work != Work::None || (task.turn != kNoEnv && task.turn != env)) {
    remember_waiting(task, env);
    return false;
  }
  task.turn = kNoEnv;
  task.waiting[env / 64] &= ~(1ul << env % 64);
  return true;
}

void begin(Task& task, u16 env, const TableCall& call, Work work) {
  requests[env] = {RequestState::Active, Status::Again, call, {}};
  task.env = env;
  task.work = work;
  task.at = 0;
  step(task);
}

}  // namespace

TableAnswer table_answer(u16 env, const TableCall& call) {
  Request& request = requests[env];
  const bool mine = request.state != RequestState::None && same(request.call, call);
  if (request.state == RequestState::Active) return {false, mine ? Status::Again : Status::Busy, {}};
  const Status status = request.status;
  request.state = RequestState::None;
  return {!mine, status, request.entry};
}

Status table_format(u16 env, const TableCall& call, u16 device, u64 start, u64 blocks, ExtentFormat mode) {
  Task* task = task_of(device);
  if (task != nullptr) {
    if (!may_begin(*task, env)) return Status::Again;
    if (extent_tables[number_of(*task)].start != start) return Status::Occupied;
  }
  const auto table = core::ownership_begin(device, start, blocks);
  if (!table.ok()) return table.status();
  task = &tasks[table.value()];
  task->device = device;
  task->mode = mode;
  task->worst = Status::Ok;
  task->unreadable = task->any_unreadable = false;
  task->change = {};
  task->id = arch::now_tsc();
  begin(*task, env, call, mode == ExtentFormat::Replace ? Work::Format : Work::Load);
  return Status::Again;
}

bool table_is_free(u16 env, u16 device) {
  Task* const task = task_of(device);
  return task == nullptr || may_begin(*task, env);
}

Status table_update(u16 env, const TableCall& call, const core::ExtentChange& change) {
  Task& task = tasks[change.table];
  task.device = extent_tables[change.table].device;
  task.change = change;
  begin(task, env, call, Work::Update);
  return Status::Again;
}

void disk_table_forget(u16 env) {
  requests[env] = Request{};
  for (Task& task : tasks) {
    if (task.env == env) task.env = kNoEnv;
    if (task.turn == env) task.turn = kNoEnv;
    task.waiting[env / 64] &= ~(1ul << env % 64);
  }
}

void disk_kernel_done(u16 device, bool ok) {
  Task* const task = task_of(device);
  if (task == nullptr || !task->in_device) return;
  task->in_device = false;
  const Command command = command_of(*task);
  if (task->work == Work::Load && command.op == DiskOp::Read) {
    take_page(*task, command, ok);
  } else if (!ok) {
    return fail_work(*task);
  }
  task->at++;
  step(*task);
}

void disk_ticked() {
  for (Task& task : tasks) {
    if (task.turn != kNoEnv && --task.turn_ticks == 0) {
      task.waiting[task.turn / 64] &= ~(1ul << task.turn % 64);
      task.turn = kNoEnv;
    }
    step(task);
  }
}

}  // namespace kernel
