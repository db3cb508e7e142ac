// SPDX-License-Identifier: GPL-2.0-or-later
/* The TDs beside a block's own: --tds. */
#include <stdlib.h>
#include <string.h>

#include "block_internal.h"
#include "fatal.h"
#include "softtdx.h"
#include "td.h"

static struct block *peer_new(const struct block *b)
{
	struct block *peer = calloc(1, sizeof(*peer));

	if (!peer)
		die("no memory");
	peer->gauges = calloc(1, sizeof(*peer->gauges));
	if (!peer->gauges)
		die("no memory");
	peer->s = b->s;
	peer->c = b->c;
	peer->rec = b->rec;
	peer->nr_vcpus = b->nr_vcpus;
	peer->pages = b->pages;
	peer->small_pages = b->small_pages;
	peer->touch = b->touch;
	peer->verify = b->verify;
	peer->stride = b->stride;
	peer->seed = b->seed;
	peer->told = b->told;
	peer->walk = b->walk;
	return peer;
}

static void peer_start(struct block *peer)
{
	crew_start(&peer->crew, &peer->map, &peer->s->memory);
	vm_create(&peer->vm, KVM_X86_TDX_VM, &td_ops, &peer->crew,
		  peer->pages * peer->small_pages, peer->stride / peer->small_pages,
		  &peer->s->memory);
	/* The newest of this process. */
	if (softtdx_present() && !softtdx_find_td(peer->td_path, sizeof(peer->td_path)))
		die("softtdx shows no further TD of this process under debugfs");
	crew_run(&peer->crew, block_run_command, peer);
}

void block_peers_create(struct block *b, const struct placement_map *all)
{
	for (unsigned int i = 0; i + 1 < b->s->o->tds; i++) {
		struct block *peer = b->peer[i] = peer_new(b);

		peer->map.control = all->control;
		peer->map.nr = b->nr_vcpus;
		memcpy(peer->map.vcpu, &all->vcpu[(i + 1) * b->nr_vcpus],
		       b->nr_vcpus * sizeof(peer->map.vcpu[0]));
		b->nr_peers++;
		peer_start(peer);
	}
}

void block_peers_check(struct block *b)
{
	for (unsigned int i = 0; i < b->nr_peers; i++) {
		struct block *peer = b->peer[i];
		int stray;

		crew_observe(&peer->crew);
		stray = crew_stray(&peer->crew);
		if (stray >= 0)
			record_builder_invalid(b->rec,
					       "TD %u: the thread of vCPU %d ran off its CPU %d",
					       i + 1, stray, peer->map.vcpu[stray].cpu);
		block_run_oracle(b, peer->td_path);
	}
}

void block_peers_destroy(struct block *b)
{
	for (unsigned int i = 0; i < b->nr_peers; i++) {
		crew_stop(&b->peer[i]->crew);
		vm_destroy(&b->peer[i]->vm);
		free(b->peer[i]->gauges);
		free(b->peer[i]);
	}
	b->nr_peers = 0;
}
