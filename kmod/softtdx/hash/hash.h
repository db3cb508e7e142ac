/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-384, by a library in either surroundings: the tree's own lib/crypto in the kernel, which
 * glue/w_sha512.c compiles in because no configuration of the lab's exports it, and libcrypto in
 * user space. What has been hashed so far is a plain structure, so that it can lie in a TD's pages.
 *
 * May include: nothing.
 */
#ifndef SOFTTDX_HASH_H
#define SOFTTDX_HASH_H

#define SX_SHA384_SIZE	48

#ifdef __KERNEL__

#include <crypto/sha2.h>

struct sx_sha384 {
	struct sha384_ctx ctx;
};

static inline void sx_sha384_init(struct sx_sha384 *s)
{
	sha384_init(&s->ctx);
}

static inline void sx_sha384_add(struct sx_sha384 *s, const void *data, size_t len)
{
	sha384_update(&s->ctx, data, len);
}

static inline void sx_sha384_end(struct sx_sha384 *s, unsigned char out[SX_SHA384_SIZE])
{
	sha384_final(&s->ctx, out);
}

#else /* user space */

#include <stddef.h>
/* Not EVP, whose contexts lie elsewhere. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

struct sx_sha384 {
	SHA512_CTX ctx;
};

static inline void sx_sha384_init(struct sx_sha384 *s)
{
	SHA384_Init(&s->ctx);
}

static inline void sx_sha384_add(struct sx_sha384 *s, const void *data, size_t len)
{
	SHA384_Update(&s->ctx, data, len);
}

static inline void sx_sha384_end(struct sx_sha384 *s, unsigned char out[SX_SHA384_SIZE])
{
	SHA384_Final(out, &s->ctx);
}

#endif

#endif
