// SPDX-License-Identifier: MIT
#include "core/console.hpp"
#include "core/exit.hpp"
#include "core/upcall.hpp"

namespace core {

namespace {

const char* vector_name(u64 vector) {
  switch (vector) {  // Intel SDM Vol. 3A, table 6-1
    case 0:
      return "divide error";
    case 1:
      return "debug exception";
    case 3:
      return "breakpoint";
    case 6:
      return "invalid instruction";
    case 12:
      return "stack fault";
    case 13:
      return "general protection fault";
    case 14:
      return "page fault";
    case 16:
      return "x87 error";
    case 17:
      return "alignment check";
    case 19:
      return "SIMD error";
    default:
      return "exception";
  }
}

[[noreturn]] void die(const char* where, const Fault& fault) {
  {
    Line line;
    line.text().put(where).put(vector_name(fault.trap.vector)).put(" (vector ").dec(fault.trap.vector);
    line.text().put(", error ").hex(fault.trap.error).put(") at rip ").hex(fault.trap.rip);
    line.text().put(", address ").hex(fault.trap.address).put(", rsp ").hex(fault.trap.rsp);
  }
  exit(kExitFault);
}

void second_default(Fault& fault) { die("fault in the fault handler: ", fault); }
void notice_default() {}
Words call_default(u64, const Words&) { return {}; }

constinit FaultHandler first_handler = end_by_fault;
constinit FaultHandler second_handler = second_default;
constinit NoticeHandler notice_handler = notice_default;

}  // namespace

// What exo_call (call.S) calls.
extern "C" {
constinit CallHandler exo_call_handler = call_default;
}

void end_by_fault(Fault& fault) { die("fault: ", fault); }
void on_fault(FaultHandler handler) { first_handler = handler; }
void on_second_fault(FaultHandler handler) { second_handler = handler; }
void on_notice(NoticeHandler handler) { notice_handler = handler; }
void on_call(CallHandler handler) { exo_call_handler = handler; }

void panic(const char* what) {
  print(what);
  exit(kExitPanic);
}

void panic(const char* what, Status status) {
  Line().text().put(what).put(": ").put(status_name(status));
  exit(kExitPanic);
}

}  // namespace core

extern "C" {
void exo_fault_dispatch(core::Fault* fault) { core::first_handler(*fault); }
void exo_second_dispatch(core::Fault* fault) { core::second_handler(*fault); }
void exo_notice_dispatch() { core::notice_handler(); }
}
