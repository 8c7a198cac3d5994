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

        // i64 exo_yield(u64 env), i64 exo_sleep(u64 word, u64 expected, u64 deadline),
        // i64 exo_sleep_until(const WakePredicate* predicate, u64 deadline): a Status
        // (negative, or 0 when sleep had nothing to wait for) or a BeginReason (above 0).
        .section .text.exo_yield, "ax", @progbits
        .globl exo_yield, exo_sleep, exo_sleep_until
        .type exo_yield, @function
        .type exo_sleep, @function
        .type exo_sleep_until, @function
exo_sleep:
        movl $42, %eax
        jmp 1f
exo_sleep_until:
        movl $46, %eax
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

        // i64 exo_env_call_with(u64 env, const CallMessage* message, u64 out[5]): the words of the reply,
        // and 1 if a capability came. Only rsp and rip survive a call.
        .section .text.exo_env_call_with, "ax", @progbits
        .globl exo_env_call_with
        .type exo_env_call_with, @function
exo_env_call_with:
        push_saved
        pushq %rdx
        movl $53, %eax
        syscall
        popq %r9
        testq %rax, %rax
        jnz 1f
        movq %rdi, 0(%r9)
        movq %rsi, 8(%r9)
        movq %rdx, 16(%r9)
        movq %r10, 24(%r9)
        movq %r8, 32(%r9)
1:      pop_saved
        ret
        .size exo_env_call_with, . - exo_env_call_with

        // i64 exo_env_send(u64 env, const u64 in[4])
        .section .text.exo_env_send, "ax", @progbits
        .globl exo_env_send
        .type exo_env_send, @function
exo_env_send:
        push_saved
        movq %rsi, %rax
        movq 0(%rax), %rsi
        movq 8(%rax), %rdx
        movq 16(%rax), %r10
        movq 24(%rax), %r8
        movl $52, %eax
        syscall
        pop_saved
        ret
        .size exo_env_send, . - exo_env_send

        // Entered by the kernel on the call stack: rdi = caller, rsi, rdx, r10, r8 = arguments, r9 = 1 if a
        // capability came. A reply with a capability is what the handler asked for (exo_reply_*).
        .section .text.exo_call, "ax", @progbits
        .globl exo_call, exo_call_bytes
        .type exo_call, @function
exo_call:
        movq $1, exo_in_call            // slice ends use the second context from here on
        subq $64, %rsp                  // arguments, then reply: core::Words
        movq %rsi, 0(%rsp)
        movq %rdx, 8(%rsp)
        movq %r10, 16(%rsp)
        movq %r8, 24(%rsp)
        movq %r9, exo_call_brought
        movq %rdi, %rsi
        movq %rsp, %rdx
        leaq 32(%rsp), %rdi
        call *exo_call_handler          // Words handler(caller, const Words&)
        movq 32(%rsp), %rdi
        movq 40(%rsp), %rsi
        movq 48(%rsp), %rdx
        movq 56(%rsp), %r10
        movl $51, %eax                  // env_reply
        cmpl $-1, exo_reply_capability
        jne 1f
        movq $0, exo_in_call
        syscall
        ud2                             // in no call
1:      movl exo_reply_capability, %r8d
        movl exo_reply_rights, %r9d
        movl $-1, exo_reply_capability
        movq %rdx, %rbx
        movl $54, %eax                  // env_reply_with
        movq $0, exo_in_call
        syscall
        movq %rbx, %rdx
        movl $51, %eax                  // it was refused: the words alone, which are still there
        syscall
        ud2
        .set exo_call_bytes, . - exo_call
        .size exo_call, . - exo_call

        .section .bss.exo_call_stack, "aw", @nobits
        .balign 64
        .globl exo_call_stack, exo_in_call
exo_call_stack:
        .zero CALL_STACK_BYTES
exo_in_call:
        .zero 8
        .globl exo_call_brought, exo_reply_rights
exo_call_brought:
        .zero 8
exo_reply_rights:
        .zero 4
        .section .data.exo_reply_capability, "aw", @progbits
        .balign 4
        .globl exo_reply_capability
exo_reply_capability:                   // slot, or kNone
        .long -1

        .section .note.GNU-stack, "", @progbits
