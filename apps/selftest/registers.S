// SPDX-License-Identifier: MIT
// u64 selftest_hold_registers(u64 rounds, u64 seed): fills every general and SSE register (and the
// upper halves of the AVX registers when `seed` is odd) with values made of the seed, spins, and
// answers how many hold something else afterwards.
        .macro fill register, index
        movq %rsi, \register
        addq $\index, \register
        .endm

        .macro verify register, index
        subq $\index, \register
        cmpq hold_seed, \register
        je 9f
        incq hold_wrong
9:
        .endm

        .macro fill_sse n
        movq %rsi, %rax
        addq $(100 + \n), %rax
        movq %rax, %xmm\n
        pshufd $0x44, %xmm\n, %xmm\n
        .endm

        .macro fill_avx n
        vinsertf128 $1, %xmm\n, %ymm\n, %ymm\n
        .endm

        // Both halves of xmm\n (and of its upper part when bit 0 of the seed is set).
        .macro verify_sse n
        movq hold_seed, %rdx
        addq $(100 + \n), %rdx
        movq %xmm\n, %rax
        cmpq %rdx, %rax
        je 8f
        incq hold_wrong
8:      psrldq $8, %xmm\n
        movq %xmm\n, %rax
        cmpq %rdx, %rax
        je 9f
        incq hold_wrong
9:
        .endm

        .macro verify_avx n
        movq hold_seed, %rdx
        addq $(100 + \n), %rdx
        vextractf128 $1, %ymm\n, hold_vector
        cmpq hold_vector, %rdx
        je 8f
        incq hold_wrong
8:      cmpq hold_vector + 8, %rdx
        je 9f
        incq hold_wrong
9:
        .endm

        .section .text.selftest_hold_registers, "ax", @progbits
        .globl selftest_hold_registers
        .type selftest_hold_registers, @function
selftest_hold_registers:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rdi, hold_rounds
        movq %rsi, hold_seed
        movq $0, hold_wrong
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        fill_sse \n
        .endr
        testb $1, hold_seed
        jz 1f
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        fill_avx \n
        .endr
1:      fill %rax, 1
        fill %rbx, 2
        fill %rcx, 3
        fill %rdx, 4
        fill %rdi, 5
        fill %rbp, 6
        fill %r8, 7
        fill %r9, 8
        fill %r10, 9
        fill %r11, 10
        fill %r12, 11
        fill %r13, 12
        fill %r14, 13
        fill %r15, 14
2:      decq hold_rounds                // nothing else changes while it spins
        jnz 2b
        verify %rax, 1
        verify %rbx, 2
        verify %rcx, 3
        verify %rdx, 4
        verify %rdi, 5
        verify %rsi, 0
        verify %rbp, 6
        verify %r8, 7
        verify %r9, 8
        verify %r10, 9
        verify %r11, 10
        verify %r12, 11
        verify %r13, 12
        verify %r14, 13
        verify %r15, 14
        testb $1, hold_seed
        jz 3f
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        verify_avx \n
        .endr
3:      .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        verify_sse \n
        .endr
        movq hold_wrong, %rax
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        ret

        .section .bss.selftest_hold, "aw", @nobits
        .balign 16
hold_vector:
        .zero 16
hold_rounds:
        .zero 8
hold_seed:
        .zero 8
hold_wrong:
        .zero 8

        .section .note.GNU-stack, "", @progbits
