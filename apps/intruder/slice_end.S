// SPDX-License-Identifier: MIT
// The slice end of an environment that does not give the CPU up: once intruder_hogs is set, it spins
// in the upcall until the kernel takes the CPU by force. It knows after how many of these in a row the
// kernel ends it (kMaxOverruns), and yields once before. Takes the place of libos/core's.
        .section .text.exo_slice_end, "ax", @progbits
        .globl exo_slice_end
        .type exo_slice_end, @function
exo_slice_end:
        cmpq $0, intruder_hogs
        je exo_end
        incl intruder_overruns
        testl $15, intruder_overruns
        jz exo_end
1:      incq intruder_spins
        jmp 1b
        .size exo_slice_end, . - exo_slice_end

        .section .bss.intruder_hogs, "aw", @nobits
        .balign 8
        .globl intruder_hogs, intruder_spins
intruder_hogs:
        .zero 8
intruder_spins:
        .zero 8
intruder_overruns:
        .zero 8

        .section .note.GNU-stack, "", @progbits
