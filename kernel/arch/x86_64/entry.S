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

.macro PUSH_ALL
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %rax
        pushq   %r8
        pushq   %r9
        pushq   %r10
        pushq   %r11
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
.endm

# ---- system calls. The frame of registers is where it always is, at the top of the stack. What C++ keeps
# is not put there: almost every call goes back to its caller.
.altmacro
.macro SYSCALL_ENTRY n
        .balign 64
syscall_entry_\n:
        movq    %rsp, (CPU_BLOCKS + \n * CPU_BLOCK_SIZE + CPU_STACK_TOP - REGS_SIZE + REGS_RSP)
        movq    $(CPU_BLOCKS + \n * CPU_BLOCK_SIZE + CPU_STACK_TOP - REGS_SIZE), %rsp
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
        movq    %rcx, REGS_RIP(%rsp)
        movq    %r11, REGS_RFLAGS(%rsp)
        movq    %rdi, REGS_RDI(%rsp)
        movq    %rsi, REGS_RSI(%rsp)
        movq    %rdx, REGS_RDX(%rsp)
        movq    %r10, REGS_R10(%rsp)
        movq    %r8, REGS_R8(%rsp)
        movq    %r9, REGS_R9(%rsp)
        movq    %rbp, REGS_RBP(%rsp)
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        movq    %rax, %rsi
        call    syscall_main
        testq   %rax, %rax              # rax and rdx go to the caller, unless
        jg      leave_slowly
        movq    REGS_RDI(%rsp), %rdi
        movq    REGS_RSI(%rsp), %rsi
        movq    REGS_R10(%rsp), %r10
        movq    REGS_R8(%rsp), %r8
        movq    REGS_R9(%rsp), %r9
        movq    REGS_RBP(%rsp), %rbp
        movq    REGS_RIP(%rsp), %rcx
        movq    REGS_RFLAGS(%rsp), %r11
        movq    REGS_RSP(%rsp), %rsp
        sysretq
leave_slowly:
        cmpq    $SLOWLY_OTHER, %rax
        je      leave_kernel
keep_and_leave:                         # these are as they were: C++ keeps them
        movq    %rbx, REGS_RBX(%rsp)
        movq    %r12, REGS_R12(%rsp)
        movq    %r13, REGS_R13(%rsp)
        movq    %r14, REGS_R14(%rsp)
        movq    %r15, REGS_R15(%rsp)
        jmp     leave_kernel

# ---- calls between environments. Only rip and rsp of whoever calls or replies survive, and the words
# that a call or a reply carries arrive in the registers that they were given in. So what counts goes into
# the frame of registers, and C++ says where to go on: it answers true if only
# rip, rsp, rdi, rsi, rdx, r10 and r8 of the frame count, and all others are cleared here. False: all
# of the frame is filled in, or, with GATE_REFUSED, all but what C++ keeps. r9 is the deadline of a call.
.macro CALL_GATE main
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
        jmp     keep_and_leave
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
        popq    %r11
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rax
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
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

# A page fault, where the CPU itself comes to. One of user code almost always goes on at its handler, with all
# registers live. page_fault_main changes no register but rax; false: it has done nothing, and what is to be
# done is not that simple.
        .globl interrupt_page_fault
        .balign 64
interrupt_page_fault:
        testb   $3, 16(%rsp)            # cs
        jz      3f
        pushq   %rax
        pushq   %rdi
        pushq   %rbp
        cld
        SMAP    0
        xorl    %ebp, %ebp
        leaq    (24 - REGS_ERROR)(%rsp), %rdi
        call    page_fault_main
        testb   %al, %al
        popq    %rbp
        popq    %rdi
        popq    %rax
        jz      3f
        addq    $8, %rsp                # the error code
        iretq
3:      pushq   $VECTOR_PAGE_FAULT
        jmp     interrupt_common

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

# ---- user memory: bool user_copy_in(void* to, u64 from, u64 bytes), user_copy_out with an address to write
# to, user_copy_words_in that counts 8 bytes as one, and user_copy_heads_in(void* to, u64 from, u64 words,
# u64 count, u64 gap), which copies `words` of each of `count` elements (not 0) with `gap` other bytes behind
# them. A fault inside goes on at user_copy_fault (see exception.cpp).
        .globl user_copy, user_copy_in, user_copy_out, user_copy_words_in, user_copy_heads_in
        .globl user_copy_end, user_copy_fault
user_copy:
user_copy_heads_in:
        movq    %rcx, %rax
        SMAP    1
4:      movl    %edx, %ecx
        rep movsq
        addq    %r8, %rsi
        addq    %r8, %rdi
        subl    $1, %eax
        jnz     4b
        SMAP    0
        movl    $1, %eax
        ret
user_copy_words_in:
        movq    %rdx, %rcx
        SMAP    1
        rep movsq
        SMAP    0
        movl    $1, %eax
        ret
user_copy_in:
user_copy_out:
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
