// SPDX-License-Identifier: MIT
// Where the kernel enters: slice end, fault, fault in the fault handler, notice.
#include "asm_layout.hpp"

        // Saves the extended registers at (%rdi), 64-byte aligned; changes rax, rdx.
        .macro save_fpu
        movl exo_xsave_mask, %eax
        movl exo_xsave_mask + 4, %edx
        testl %eax, %eax
        jz 8f
        xsave64 (%rdi)
        jmp 9f
8:      fxsave64 (%rdi)
9:
        .endm

        .macro restore_fpu
        movl exo_xsave_mask, %eax
        movl exo_xsave_mask + 4, %edx
        testl %eax, %eax
        jz 8f
        xrstor64 (%rdi)
        jmp 9f
8:      fxrstor64 (%rdi)
9:
        .endm

        // In the order of core::Registers.
        .macro push_registers
        pushq %rax
        pushq %rcx
        pushq %rdx
        pushq %rbx
        pushq %rbp
        pushq %rsi
        pushq %rdi
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        .endm

        .macro pop_registers
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rdi
        popq %rsi
        popq %rbp
        popq %rbx
        popq %rdx
        popq %rcx
        popq %rax
        .endm

        // The way back to interrupted code is not IRETQ: with SMAP on, QEMU before 8.2 lets an IRETQ
        // of user mode fault on its own stack, and the instruction is slow on every processor. Flags
        // come back by POPF, rsp and rip from memory last. (So TF cannot be set in interrupted code.)

        // Slice end: rsp = &UpcallPage::end. The upcall page cannot keep the context: the next
        // slice end overwrites it, and that may come before restoring is over. So everything goes
        // into a SavedContext, which restoring only reads, and a slice end that finds the
        // interrupted code inside the restoring of its context throws that away and yields again.
        .macro restart_if_restoring name, context, again
        movq 120 + TRAP_RSP(%rsp), %rcx
        subq $\context, %rcx
        cmpq $CONTEXT_BYTES, %rcx
        jb \again
        movq 120 + TRAP_RIP(%rsp), %rcx // at its last instruction
        subq $\name, %rcx
        cmpq $(\name\()_end - \name), %rcx
        jb \again
        .endm

        // The last two instructions of the way back from a fault or a notice read from memory where to
        // go, and what they read is written again by the next upcall of that kind. So an upcall that
        // may let another one in (through a yield, or through a fault in a notice handler) does them
        // on behalf of the code that it interrupted there.
        .macro finish tail, rip, rsp
        movq 120 + TRAP_RIP(%rsp), %rcx
        subq $\tail, %rcx
        cmpq $(\tail\()_end - \tail), %rcx
        jae 7f
        movq \rip, %rcx
        movq %rcx, 120 + TRAP_RIP(%rsp)
        movq \rsp, %rcx
        movq %rcx, 120 + TRAP_RSP(%rsp)
7:
        .endm

        .macro finish_fault name, frame
        finish \name\()_tail, UPCALL_PAGE + \frame + TRAP_RIP, UPCALL_PAGE + \frame + TRAP_RSP
        .endm

        .macro save_yield_restore name, context
        movq %rsp, %rsi
        movq $\context + CONTEXT_REGISTERS, %rdi
        movl $15, %ecx
        rep movsq
        addq $TRAP_RIP, %rsi            // rip, cs, rflags, rsp, ss
        movl $5, %ecx
        rep movsq
        movq $\name, \context + CONTEXT_RESUME
        movq $\context, %rdi
        save_fpu
\name\()_again:
        movq $\context + CONTEXT_RESUME, %rsp
        movl $41, %eax                  // yield
        movl $-1, %edi                  // kNone
        syscall
\name:                                  // refused, or by exo_start when it is over
        movq $\context, %rdi
        restore_fpu
        movq $\context + CONTEXT_REGISTERS, %rsp
        pop_registers
        movq $\context + CONTEXT_RFLAGS, %rsp
        popfq
        movq \context + CONTEXT_RSP, %rsp
        jmpq *\context + CONTEXT_RIP
\name\()_end:
        .endm

        .section .text.exo_end, "ax", @progbits
        .globl exo_end
        .type exo_end, @function
        .weak exo_slice_end             // what the entry table names: a program may have its own
        .set exo_slice_end, exo_end
exo_end:
        push_registers
        cld
        finish_fault exo_fault, UPCALL_FAULT
        finish_fault exo_second, UPCALL_SECOND
        finish exo_notice_tail, exo_notice_return, exo_notice_return + 8
        restart_if_restoring resume, exo_contexts, resume_again
        restart_if_restoring resume_call, exo_contexts + CONTEXT_BYTES, resume_call_again
        restart_if_restoring resume_notice, exo_contexts+2*CONTEXT_BYTES, resume_notice_again
        cmpq $0, UPCALL_PAGE + UPCALL_NOTICE_BUSY
        jne in_notice
        cmpq $0, exo_in_call
        jne in_call
        movq 120 + TRAP_RIP(%rsp), %rcx // just entering or leaving a call: flag not set
        subq $exo_call, %rcx
        cmpq $exo_call_bytes, %rcx
        jb in_call
        save_yield_restore resume, exo_contexts
in_call:
        save_yield_restore resume_call, exo_contexts + CONTEXT_BYTES
in_notice:
        save_yield_restore resume_notice, exo_contexts+2*CONTEXT_BYTES
        .size exo_end, . - exo_end

        // Faults: rsp = &UpcallPage::NAME.
        .macro fault_entry name, frame, depth_after
        .section .text.\name, "ax", @progbits
        .globl \name
        .type \name, @function
\name:
        push_registers
        cld
        movq %rsp, %rbx                 // &Fault
        movq $\name\()_stack + FAULT_STACK_BYTES, %rsp
        subq $CONTEXT_FPU_BYTES, %rsp
        movq %rsp, %rdi
        save_fpu
        movq %rbx, %rdi
        call \name\()_dispatch
        movq %rsp, %rdi
        restore_fpu
        movq %rbx, %rsp
        pop_registers
        movq $UPCALL_PAGE + \frame + TRAP_RFLAGS, %rsp
        popfq
        movq $\depth_after, UPCALL_PAGE // fault_depth
\name\()_tail:
        movq UPCALL_PAGE + \frame + TRAP_RSP, %rsp
        jmpq *UPCALL_PAGE + \frame + TRAP_RIP
\name\()_tail_end:
        .size \name, . - \name
        .section .bss.\name\()_stack, "aw", @nobits
        .balign 64
\name\()_stack:
        .zero FAULT_STACK_BYTES
        .endm

        fault_entry exo_fault, UPCALL_FAULT, 0
        fault_entry exo_second, UPCALL_SECOND, 1

        // Notices: rsp = &UpcallPage::notice. The way back cannot use that frame: once notice_busy is 0
        // the kernel may write the next one there.
        .section .text.exo_notice, "ax", @progbits
        .globl exo_notice
        .type exo_notice, @function
exo_notice:
        push_registers
        cld
        finish_fault exo_fault, UPCALL_FAULT
        finish_fault exo_second, UPCALL_SECOND
        finish exo_notice_tail, exo_notice_return, exo_notice_return + 8
        movq %rsp, %rbx
        movq $exo_notice_stack + NOTICE_STACK_BYTES - CONTEXT_FPU_BYTES, %rsp
        movq %rsp, %rdi
        save_fpu
        call exo_notice_dispatch
        movq %rsp, %rdi
        restore_fpu
        movq %rbx, %rsp
        movq 120 + TRAP_RIP(%rsp), %rax
        movq %rax, exo_notice_return
        movq 120 + TRAP_RSP(%rsp), %rax
        movq %rax, exo_notice_return + 8
        pop_registers
        movq $UPCALL_PAGE + UPCALL_NOTICE + TRAP_RFLAGS, %rsp
        popfq
        movq $0, UPCALL_PAGE + UPCALL_NOTICE_BUSY
exo_notice_tail:
        movq exo_notice_return + 8, %rsp
        jmpq *exo_notice_return
exo_notice_tail_end:
        .size exo_notice, . - exo_notice

        .section .bss.exo_notice_stack, "aw", @nobits
        .balign 64
exo_notice_stack:
        .zero NOTICE_STACK_BYTES
exo_notice_return:                      // rip, rsp
        .zero 16

        .section .bss.exo_contexts, "aw", @nobits
        .balign 64
        .globl exo_contexts
exo_contexts:                           // core::SavedContext[3]
        .zero 3 * CONTEXT_BYTES

        .section .note.GNU-stack, "", @progbits
