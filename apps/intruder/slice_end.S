// SPDX-License-Identifier: MIT
// The slice end of an environment that does not give the CPU up: once intruder_hogs is set, it spins
// in the upcall, and the kernel takes the CPU by force again and again. It knows that the kernel ends
// those who do this kMaxOverruns times in a row, which takes 64 ms at least, and yields in time before.
// Takes the place of libos/core's.
        .set HOG_CYCLES, 64000000       // of the TSC: 64 ms at 1 GHz

        .macro tsc_in_rax
        rdtsc
        shlq $32, %rdx
        orq %rdx, %rax
        .endm

        .section .text.exo_slice_end, "ax", @progbits
        .globl exo_slice_end
        .type exo_slice_end, @function
exo_slice_end:
        cmpq $0, intruder_hogs
        je exo_end
        pushq %rax
        pushq %rdx
        tsc_in_rax
        addq $HOG_CYCLES, %rax
        movq %rax, intruder_until
1:      tsc_in_rax
        cmpq intruder_until, %rax
        jb 1b
        popq %rdx
        popq %rax
        jmp exo_end
        .size exo_slice_end, . - exo_slice_end

        .section .bss.intruder_hogs, "aw", @nobits
        .balign 8
        .globl intruder_hogs
intruder_hogs:
        .zero 8
intruder_until:
        .zero 8

        .section .note.GNU-stack, "", @progbits
