/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a TD's reset vector to Linux' 64-bit entry, in place of a firmware: every vCPU switches to
 * long mode and takes ranges of memory to ACCEPT until none is left, as Linux does it: 2M where the
 * host maps that, else 4K. Then the first one enters the kernel, and the others wait at the ACPI MP
 * wake-up mailbox.
 */
#include "shim_abi.h"

#define ACCEPT			6
#define ALREADY_ACCEPTED	0x00000b0a
#define SIZE_MISMATCH		0x00000b0b
#define OPERAND_BUSY		0x80000200

	.section .text, "ax"
	.code32
start32:
	movl	%cr4, %eax
	orl	$0x20, %eax			/* PAE */
	movl	%eax, %cr4
	movl	SHIM_BASE + SHIM_CR3, %eax
	movl	%eax, %cr3
	lgdt	gdt_desc
	movl	%cr0, %eax
	orl	$0x80000000, %eax		/* EFER.LME is set from reset on */
	movl	%eax, %cr0
	ljmp	$0x10, $start64

	.code64
start64:
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %ebp			/* index of the vCPU */
	movl	$SHIM_BASE, %r14d

next_range:
	movl	$1, %eax
	lock xaddq %rax, SHIM_TAKEN(%r14)
	cmpq	SHIM_NR(%r14), %rax
	jae	none_left
	shlq	$4, %rax
	leaq	SHIM_RANGES(%r14, %rax), %rbx
	movq	(%rbx), %r12
	movq	8(%rbx), %r13
next_page:
	cmpq	%r13, %r12
	jae	range_done
	testl	$0x1fffff, %r12d
	jnz	small
	leaq	0x200000(%r12), %rax
	cmpq	%r13, %rax
	ja	small
large:
	leaq	1(%r12), %rcx
	movl	$ACCEPT, %eax
	.byte	0x66, 0x0f, 0x01, 0xcc		/* TDCALL */
	movq	%rax, %rdx
	shrq	$32, %rdx
	cmpl	$OPERAND_BUSY, %edx
	je	large
	testq	%rax, %rax
	jnz	small
	addq	$0x200000, %r12
	jmp	next_page
small:
	movq	%r12, %rcx
	movl	$ACCEPT, %eax
	.byte	0x66, 0x0f, 0x01, 0xcc
	testq	%rax, %rax
	jz	page_done
	shrq	$32, %rax
	cmpl	$ALREADY_ACCEPTED, %eax		/* it was added by the host */
	je	page_done
	cmpl	$OPERAND_BUSY, %eax
	je	small
	ud2
page_done:
	addq	$4096, %r12
	jmp	next_page
range_done:
	lock incq SHIM_DONE(%r14)
	jmp	next_range

none_left:
	testl	%ebp, %ebp
	jnz	sleep
wait_for_all:
	pause
	movq	SHIM_DONE(%r14), %rax
	cmpq	SHIM_NR(%r14), %rax
	jb	wait_for_all
	movl	$(SHIM_BASE + SHIM_STACK), %esp
	movq	SHIM_BOOT_PARAMS(%r14), %rsi
	movq	SHIM_ENTRY(%r14), %rax
	jmp	*%rax

	/* The mailbox: u16 command, u16, u32 APIC id, u64 address. */
sleep:
	movq	SHIM_MAILBOX(%r14), %rbx
sleep_on:
	pause
	cmpw	$1, (%rbx)
	jne	sleep_on
	cmpl	%ebp, 4(%rbx)
	jne	sleep_on
	movq	8(%rbx), %rax
	movw	$0, (%rbx)
	jmp	*%rax

	.balign 16
gdt:	.quad	0, 0
	.quad	0x00af9b000000ffff		/* 0x10 and 0x18: as Linux' boot protocol has them */
	.quad	0x00cf93000000ffff
gdt_desc:
	.word	. - gdt - 1
	.long	gdt

	.section .reset, "ax"
	.code32
reset_vector:
	jmp	start32
	.balign 16, 0xf4

	.section .note.GNU-stack, "", @progbits
