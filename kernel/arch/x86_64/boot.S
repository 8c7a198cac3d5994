# SPDX-License-Identifier: MIT
# The first instructions. A loader that speaks PVH (Xen docs/misc/pvh.pandoc; QEMU -kernel) enters
# pvh_start in 32-bit protected mode without paging, with ebx = address of struct hvm_start_info.

#include "kernel/arch/x86_64/layout.hpp"

#define HIGH(x) ((x) - 0xffffffff80000000)

        .section .note.Xen, "a", @note
        .balign 4
        .long 4, 4, 18                  # name size, value size, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
        .long HIGH(pvh_start)

        .section .boot.text, "ax"
        .code32
        .globl pvh_start
pvh_start:
        cld
        movl    %ebx, %ebp
        # Boot tables: the first 4 GiB at 0, at the direct map and (1 GiB) at the kernel image.
        movl    $HIGH(boot_directories), %edi
        movl    $0x83, %eax             # present, writable, 2 MiB
        xorl    %edx, %edx
1:      movl    %eax, (%edi)
        movl    $0, 4(%edi)
        addl    $8, %edi
        addl    $0x200000, %eax
        incl    %edx
        cmpl    $2048, %edx
        jne     1b
        movl    $HIGH(boot_directories) + 3, %eax
        movl    $HIGH(boot_pointers), %edi
        movl    %eax, 4080(%edi)        # entry 510: 0xffffffff80000000
        movl    $4, %ecx
2:      movl    %eax, (%edi)
        addl    $4096, %eax
        addl    $8, %edi
        loop    2b
        movl    $HIGH(boot_pml4), %edi
        movl    $HIGH(boot_pointers) + 3, %eax
        movl    %eax, (%edi)
        movl    %eax, 2048(%edi)        # entry 256
        movl    %eax, 4088(%edi)        # entry 511
        call    enter_long_mode
        ljmp    $KERNEL_CODE, $HIGH(start64)

# PAE, long mode with no-execute, paging with write protection. Leaves in compatibility mode.
        .globl enter_long_mode
enter_long_mode:
        movl    %cr4, %eax
        orl     $0x20, %eax             # PAE
        movl    %eax, %cr4
        movl    $HIGH(boot_pml4), %eax
        movl    %eax, %cr3
        movl    $0xc0000080, %ecx       # EFER
        rdmsr
        orl     $0x900, %eax            # LME, NXE
        wrmsr
        movl    %cr0, %eax
        andl    $0x9fffffff, %eax       # caches on
        orl     $0x80010003, %eax       # PG, WP, MP, PE
        andl    $0xfffffffb, %eax       # no x87 emulation
        movl    %eax, %cr0
        lgdt    HIGH(boot_gdt_pointer)
        ret

        .code64
start64:
        movabsq $start_high, %rax
        jmp     *%rax

        .section .text, "ax"
start_high:
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movl    $KERNEL_DATA, %eax
        movw    %ax, %ss
        movq    $boot_stack_top, %rsp
        movl    %ebp, %edi
        xorl    %ebp, %ebp
        call    kernel_main
        ud2

# void continue_on_cpu_stack(void (*next)()): leaves the boot stack for CPU 0's own, below the frame
# of saved registers at its top.
        .globl continue_on_cpu_stack
continue_on_cpu_stack:
        movq    $(CPU_BLOCKS + CPU_STACK_TOP - 256), %rsp
        xorl    %ebp, %ebp
        call    *%rdi
        ud2

        .section .data, "aw"
        .balign 16
boot_gdt:
        .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
        .globl boot_gdt_pointer
boot_gdt_pointer:
        .word 23
        .quad HIGH(boot_gdt)

        .section .bss, "aw", @nobits
        .balign 4096
        .globl boot_pml4
boot_pml4:
        .skip 4096
boot_pointers:
        .skip 4096
boot_directories:
        .skip 4 * 4096
        .skip 16384
boot_stack_top:

        .section .note.GNU-stack, "", @progbits
