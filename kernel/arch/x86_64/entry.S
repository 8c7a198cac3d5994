# SPDX-License-Identifier: MIT
# Ways into the kernel and the one way out. There is no SWAPGS: FS and GS belong to user mode
# alone. Each CPU has a system-call entry of its own, which knows its stack by number, and an
# interrupt finds the right stack in the TSS; from there the CPU's data is at rsp & ~0xffff.

#include "kernel/arch/x86_64/layout.hpp"

        .section .text.entry, "ax"

# A place for a SMAP instruction: a three-byte NOP that patch_smap overwrites where there is SMAP.
.macro SMAP instruction
771:    nopl    (%rax)
        .pushsection .smap, "a"
        .quad   771b
        .if \instruction == 1
        .quad   0xcb010f                # STAC
        .else
        .quad   0xca010f                # CLAC
        .endif
        .popsection
.endm

# What C++ may change.
.macro PUSH_SOME
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rax
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
.endm
.macro POP_SOME
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rax
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
.endm

.macro PUSH_ALL
        PUSH_SOME
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
.endm

# ---- system calls
.altmacro
.macro SYSCALL_ENTRY n
        .balign 64
syscall_entry_\n:
        movq    %rsp, (CPU_BLOCKS + \n * CPU_BLOCK_SIZE + CPU_SCRATCH)
        movq    $(CPU_BLOCKS + \n * CPU_BLOCK_SIZE + CPU_STACK_TOP), %rsp
        pushq   $USER_DATA
        pushq   (CPU_BLOCKS + \n * CPU_BLOCK_SIZE + CPU_SCRATCH)
        jmp     syscall_common
.endm
        .globl syscall_entries
        .balign 64
syscall_entries:
.set cpu, 0
.rept 16
        SYSCALL_ENTRY %cpu
        .set cpu, cpu + 1
.endr
.noaltmacro

        .balign 64
syscall_common:
        cmpq    $SYSCALL_ENV_CALL, %rax
        je      call_gate
        cmpq    $SYSCALL_ENV_REPLY, %rax
        je      reply_gate
        pushq   %r11
        pushq   $USER_CODE
        pushq   %rcx
        pushq   $0
        pushq   $VECTOR_SYSCALL
        PUSH_ALL
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    syscall_main
        jmp     leave_kernel

# ---- calls between environments. Only rip and rsp of whoever calls or replies survive, and the words
# that a call or a reply carries arrive in the registers that they were given in. So there is room for
# the frame of registers, with what counts in it, and C++ says where to go on: it answers true if only
# rip, rsp, rdi, rsi, rdx, r10 and r8 of the frame count, and all others are cleared here. False: all
# of the frame is filled in, or, with GATE_REFUSED, all but what C++ keeps. r9 is the deadline of a call.
.macro CALL_GATE main
        subq    $(REGS_SIZE - 16), %rsp # ss and rsp stand there already
        movq    %rcx, REGS_RIP(%rsp)
        movq    %rdi, REGS_RDI(%rsp)
        movq    %rsi, REGS_RSI(%rsp)
        movq    %rdx, REGS_RDX(%rsp)
        movq    %r10, REGS_R10(%rsp)
        movq    %r8, REGS_R8(%rsp)
        movq    %rbp, REGS_RBP(%rsp)
        movq    %r9, %rsi
        xorl    %ebp, %ebp
        call    \main
        testb   %al, %al
        jz      leave_gate
        movq    REGS_RIP(%rsp), %rcx
        movl    $USER_FLAGS, %r11d
        movq    REGS_RDI(%rsp), %rdi
        movq    REGS_RSI(%rsp), %rsi
        movq    REGS_RDX(%rsp), %rdx
        movq    REGS_R10(%rsp), %r10
        movq    REGS_R8(%rsp), %r8
        xorl    %eax, %eax
        xorl    %r9d, %r9d
        xorl    %ebx, %ebx
        xorl    %ebp, %ebp
        xorl    %r12d, %r12d
        xorl    %r13d, %r13d
        xorl    %r14d, %r14d
        xorl    %r15d, %r15d
        movq    REGS_RSP(%rsp), %rsp
        sysretq
.endm
leave_gate:
        cmpq    $GATE_REFUSED, REGS_ERROR(%rsp)
        jne     leave_kernel
        movq    %rbx, REGS_RBX(%rsp)    # as they were: C++ keeps them
        movq    %r12, REGS_R12(%rsp)
        movq    %r13, REGS_R13(%rsp)
        movq    %r14, REGS_R14(%rsp)
        movq    %r15, REGS_R15(%rsp)
        jmp     leave_kernel
        .balign 64
call_gate:
        CALL_GATE call_main
        .balign 64
reply_gate:
        CALL_GATE reply_main

# ---- the way out: rsp = struct Registers
        .globl leave_kernel
leave_kernel:
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        POP_SOME
        cmpq    $VECTOR_SYSCALL, (%rsp)
        jne     1f
        movq    16(%rsp), %rcx
        movq    32(%rsp), %r11
        movq    40(%rsp), %rsp
        sysretq
1:      addq    $16, %rsp
        iretq

# ---- interrupts and exceptions
interrupt_common:
        PUSH_ALL
        cld
        SMAP    0
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    interrupt_main
        jmp     leave_kernel

# A page fault of user code almost always goes on at its handler, with all registers live: those that C++
# keeps need not be in the frame for that. False: they do, somebody else may run next.
interrupt_page_fault:
        testb   $3, 24(%rsp)            # cs
        jz      interrupt_common
        PUSH_SOME
        cld
        SMAP    0
        subq    $REGS_R11, %rsp
        movq    %rbp, REGS_RBP(%rsp)
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    page_fault_main
        movq    REGS_RBP(%rsp), %rbp
        testb   %al, %al
        jz      3f
        addq    $REGS_R11, %rsp
        POP_SOME
        addq    $16, %rsp
        iretq
3:      movq    %rbx, REGS_RBX(%rsp)
        movq    %r12, REGS_R12(%rsp)
        movq    %r13, REGS_R13(%rsp)
        movq    %r14, REGS_R14(%rsp)
        movq    %r15, REGS_R15(%rsp)
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    interrupt_main
        jmp     leave_kernel

# #DB, NMI, #MC and #DF have stacks of their own, since they may come between SYSCALL and the
# switch of stacks. From user mode there is nothing special about them: go on on the CPU's stack.
interrupt_ist:
        PUSH_ALL
        cld
        SMAP    0
        testb   $3, REGS_CS(%rsp)
        jz      2f
        movq    %rsp, %rsi
        movq    %rsp, %rdi
        andq    $-CPU_BLOCK_SIZE, %rdi
        addq    $(CPU_STACK_TOP - REGS_SIZE), %rdi
        movq    %rdi, %rdx
        movl    $(REGS_SIZE / 8), %ecx
        rep movsq
        movq    %rdx, %rsp
2:      xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    interrupt_main
        jmp     leave_kernel

# Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code (Intel SDM Vol. 3A, table 6-1).
.altmacro
.macro INTERRUPT n
        .balign 16
        .if ((\n == 8) || (\n >= 10 && \n <= 14) || (\n == 17) || (\n == 21) || (\n == 29) || (\n == 30))
        .else
        pushq   $0
        .endif
        pushq   $\n
        .if ((\n == 1) || (\n == 2) || (\n == 8) || (\n == 18))
        jmp     interrupt_ist
        .elseif (\n == 14)
        jmp     interrupt_page_fault
        .else
        jmp     interrupt_common
        .endif
.endm
        .globl interrupt_entries
        .balign 16
interrupt_entries:
.set vector, 0
.rept 256
        INTERRUPT %vector
        .set vector, vector + 1
.endr
.noaltmacro

# ---- user memory: bool user_copy(void* to, const void* from, u64 bytes). A fault inside goes on at
# user_copy_fault (see exception.cpp).
        .globl user_copy, user_copy_end, user_copy_fault
user_copy:
        movq    %rdx, %rcx
        movq    %rdx, %rax
        shrq    $3, %rcx
        andl    $7, %eax
        SMAP    1
        rep movsq
        movq    %rax, %rcx
        rep movsb
        SMAP    0
        movl    $1, %eax
user_copy_end:
        ret
user_copy_fault:
        SMAP    0
        xorl    %eax, %eax
        ret

        .section .note.GNU-stack, "", @progbits
