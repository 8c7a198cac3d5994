// SPDX-License-Identifier: MIT
// Where the kernel enters: slice end, fault, fault in the fault handler.
#include "asm_layout.hpp"

        // Saves the extended registers at (%rdi), 64-byte aligned; changes rax, rdx.
        .macro save_fpu
        movq exo_xsave_mask, %rax
        testq %rax, %rax
        jz 8f
        movq %rax, %rdx
        shrq $32, %rdx
        xsave64 (%rdi)
        jmp 9f
8:      fxsave64 (%rdi)
9:
        .endm

        .macro restore_fpu
        movq exo_xsave_mask, %rax
        testq %rax, %rax
        jz 8f
        movq %rax, %rdx
        shrq $32, %rdx
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

        // Slice end: rsp = &UpcallPage::end. The upcall page cannot keep the context: the next
        // slice end overwrites it, and that may come before restoring is over. So everything goes
        // into a SavedContext, which restoring only reads, and a slice end that finds the
        // interrupted rsp inside that context throws the half-done restore away and yields again.
        .section .text.exo_end, "ax", @progbits
        .globl exo_end
        .type exo_end, @function
exo_end:
        push_registers
        cld
        leaq exo_contexts, %rbx
        cmpq $0, exo_in_call
        jne 1f
        movq 120 + TRAP_RIP(%rsp), %rcx // just entering or leaving a call: flag not set
        leaq exo_call, %rdx
        cmpq %rdx, %rcx
        jb 2f
        leaq exo_call_end, %rdx
        cmpq %rdx, %rcx
        jae 2f
1:      addq $CONTEXT_BYTES, %rbx
2:      movq 120 + TRAP_RSP(%rsp), %rcx
        subq %rbx, %rcx
        cmpq $CONTEXT_BYTES, %rcx
        jb 3f                           // interrupted while restoring this context: it is intact
        movq %rsp, %rsi
        leaq CONTEXT_REGISTERS(%rbx), %rdi
        movl $15, %ecx
        rep movsq
        addq $TRAP_RIP, %rsi            // rip, cs, rflags, rsp, ss
        movl $5, %ecx
        rep movsq
        movq $resume, CONTEXT_RESUME(%rbx)
        movq %rbx, %rdi
        save_fpu
3:      leaq CONTEXT_RESUME(%rbx), %rsp
        movl $41, %eax                  // yield
        movl $-1, %edi                  // kNone
        syscall
        addq $8, %rsp                   // refused: go on as if it were over
resume:                                 // rsp = &context.pad
        leaq -(CONTEXT_RESUME + 8)(%rsp), %rdi
        restore_fpu
        addq $8, %rsp
        pop_registers
        iretq
        .size exo_end, . - exo_end

        // Faults: rsp = &UpcallPage::NAME.
        .macro fault_entry name, depth_offset, depth_after
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
        movq $\depth_after, \depth_offset(%rsp)
        addq $TRAP_RIP, %rsp
        iretq
        .size \name, . - \name
        .section .bss.\name\()_stack, "aw", @nobits
        .balign 64
\name\()_stack:
        .zero FAULT_STACK_BYTES
        .endm

        fault_entry exo_fault, DEPTH_FROM_FAULT, 0
        fault_entry exo_second, DEPTH_FROM_SECOND, 1

        .section .bss.exo_contexts, "aw", @nobits
        .balign 64
        .globl exo_contexts
exo_contexts:                           // core::SavedContext[2]
        .zero 2 * CONTEXT_BYTES

        .section .note.GNU-stack, "", @progbits
