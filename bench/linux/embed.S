/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Linux guest starts from, linked into the driver: the shim, and initrds with our inits. */
	.section .rodata
	.globl linux_shim, linux_shim_end, linux_initrd, linux_initrd_end
	.balign 4096
linux_shim:
	.incbin SHIM_FILE
linux_shim_end:
	.balign 4096
linux_initrd:
	.incbin INITRD_FILE
linux_initrd_end:
	.balign 4096
	.globl linux_work, linux_work_end
linux_work:
	.incbin WORK_FILE
linux_work_end:
	.section .note.GNU-stack, "", @progbits
