// SPDX-License-Identifier: MIT
// Giving up the CPU, and calls between environments in both directions.
#include "asm_layout.hpp"

        .macro push_saved
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        .endm

        .macro pop_saved
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        .endm

        // i64 exo_yield(u64 env), i64 exo_sleep(u64 word, u64 expected, u64 deadline): a Status
        // (negative, or 0 when sleep had nothing to wait for) or a BeginReason (above 0).
        .section .text.exo_yield, "ax", @progbits
        .globl exo_yield, exo_sleep
        .type exo_yield, @function
        .type exo_sleep, @function
exo_sleep:
        movl $42, %eax
        jmp 1f
exo_yield:
        movl $41, %eax
1:      push_saved
        leaq 2f(%rip), %r11
        pushq %r11                      // where exo_start returns to
        syscall
        addq $8, %rsp                   // it came back itself
2:      pop_saved
        ret
        .size exo_yield, . - exo_yield

        // i64 exo_env_call(u64 env, const u64 in[4], u64 out[4])
        .section .text.exo_env_call, "ax", @progbits
        .globl exo_env_call
        .type exo_env_call, @function
exo_env_call:
        push_saved
        pushq %rdx
        movq %rsi, %rax
        movq 0(%rax), %rsi
        movq 8(%rax), %rdx
        movq 16(%rax), %r10
        movq 24(%rax), %r8
        movl $50, %eax
        syscall                         // only rsp and rip survive
        popq %r9
        testq %rax, %rax
        jnz 1f
        movq %rdi, 0(%r9)
        movq %rsi, 8(%r9)
        movq %rdx, 16(%r9)
        movq %r10, 24(%r9)
1:      pop_saved
        ret
        .size exo_env_call, . - exo_env_call

        // Entered by the kernel on the call stack: rdi = caller, rsi, rdx, rcx, r8 = arguments.
        .section .text.exo_call, "ax", @progbits
        .globl exo_call, exo_call_bytes
        .type exo_call, @function
exo_call:
        movq $1, exo_in_call            // slice ends use the second context from here on
        subq $64, %rsp                  // arguments, then reply
        movq %rsi, 0(%rsp)
        movq %rdx, 8(%rsp)
        movq %rcx, 16(%rsp)
        movq %r8, 24(%rsp)
        movq %rsp, %rsi
        leaq 32(%rsp), %rdx
        call exo_call_dispatch
        movq 32(%rsp), %rdi
        movq 40(%rsp), %rsi
        movq 48(%rsp), %rdx
        movq 56(%rsp), %r10
        movl $51, %eax                  // env_reply
        movq $0, exo_in_call
        syscall
        ud2                             // nobody waits for a reply
        .set exo_call_bytes, . - exo_call
        .size exo_call, . - exo_call

        .section .bss.exo_call_stack, "aw", @nobits
        .balign 64
        .globl exo_call_stack, exo_in_call
exo_call_stack:
        .zero CALL_STACK_BYTES
exo_in_call:
        .zero 8

        .section .note.GNU-stack, "", @progbits
