/* SPDX-License-Identifier: GPL-2.0-or-later */
	.section .rodata
	.balign	4096
	.globl guest_image
guest_image:
	.incbin	GUEST_IMAGE_FILE
	.globl guest_image_end
guest_image_end:
	.balign	4096
	.globl guest_convert_image, guest_convert_image_end
guest_convert_image:
	.incbin	GUEST_CONVERT_FILE
guest_convert_image_end:
	.balign	4096
	.globl guest_large_image, guest_large_image_end
guest_large_image:
	.incbin	GUEST_LARGE_FILE
guest_large_image_end:
	.section .note.GNU-stack, "", @progbits
