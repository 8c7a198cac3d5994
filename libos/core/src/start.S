// SPDX-License-Identifier: MIT
// The ELF entry point, which is entry_begin too: the first instruction of the environment, and
// where it continues after a yield or sleep. The entry table (abi/env.hpp) ends where it starts.
#include "asm_layout.hpp"

        .section .text.exo_start, "ax", @progbits
        .balign 64
        .globl exo_entries
exo_entries:                            // abi::EntryTable
        .quad 0x0073656972746e45
        .quad exo_start
        .quad exo_slice_end
        .quad exo_fault
        .quad exo_second
        .quad exo_call
        .quad exo_call_stack + CALL_STACK_BYTES
        .quad exo_notice

        .globl exo_start
        .type exo_start, @function
exo_start:                              // rdi = BeginReason, rsi = argument at Start
        testq %rdi, %rdi
        jz 1f
        movq %rdi, %rax                 // what the stub that gave up the CPU gets
        ret                             // to its resume routine. Nothing above may write to the stack
1:      xorl %ebp, %ebp
        movq %rsi, %r12
        // Bytes that XSAVE needs with all of XCR0 (CPUID leaf 0dh, Intel SDM Vol. 1, 13.2).
        movl $1, %eax
        cpuid
        btl $27, %ecx                   // OSXSAVE
        jnc 3f
        movl $0xd, %eax
        xorl %ecx, %ecx
        cpuid
        movq $-1, %rax
        cmpl $CONTEXT_FPU_BYTES, %ebx
        jbe 2f
        movl $7, %eax                   // too large: x87, SSE and AVX only
2:      movq %rax, exo_xsave_mask
3:      movq %r12, %rdi
        call exo_enter
        xorl %edi, %edi
        movl $16, %eax                  // env_exit
        syscall
        ud2
        .size exo_start, . - exo_start

        .section .bss.exo_xsave_mask, "aw", @nobits
        .balign 8
        .globl exo_xsave_mask
exo_xsave_mask:                         // components for XSAVE; 0: use FXSAVE
        .zero 8

        .section .note.GNU-stack, "", @progbits
