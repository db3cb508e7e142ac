// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree's lib/crypto/sha512.c, unmodified, for hash/hash.h: nothing in the lab's configuration
 * selects CRYPTO_LIB_SHA512, and the kernel image is fixed. In plain C: a SEAMCALL may not use the
 * vector registers, and the same instructions are then counted everywhere.
 */
#define __DISABLE_EXPORTS
#include <linux/kconfig.h>
#undef CONFIG_CRYPTO_LIB_SHA512_ARCH
#undef CONFIG_CRYPTO_FIPS
#include "crypto/sha512.c"
