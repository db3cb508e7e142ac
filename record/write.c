// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Result writer: whole lines, appended, on the disk before the next block starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>
#include <util/file.h>

#include "internal.h"

struct record_writer {
	int fd;
	bool owned;
	int err;		/* first failure; sticky */
	uint64_t blocks;
	char *changed;		/* for the end line; NULL: nothing */
};

struct record_writer *record_writer_fd(int fd)
{
	struct record_writer *w = calloc(1, sizeof(*w));

	if (w)
		w->fd = fd;
	return w;
}

static int check_empty(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return S_ISREG(st.st_mode) && st.st_size ? -EEXIST : 0;
}

/* Two runs into one file would mix; a lock of this kind ends with the process, however it ends. */
static int open_locked(const char *path, int access)
{
	int fd = open(path, access | O_APPEND | O_CREAT | O_CLOEXEC, 0666), err;

	if (fd < 0)
		return -errno;
	if (!flock(fd, LOCK_EX | LOCK_NB) || errno == ENOSYS)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int own_writer(int fd, int err, struct record_writer **w)
{
	*w = err ? NULL : record_writer_fd(fd);
	if (!*w) {
		close(fd);
		return err ? err : -ENOMEM;
	}
	(*w)->owned = true;
	return 0;
}

int record_open_append(const char *path, struct record_writer **w)
{
	int fd = open_locked(path, O_WRONLY);

	*w = NULL;
	return fd < 0 ? fd : own_writer(fd, check_empty(fd), w);
}

/* Where the line before @end starts; @end is where a line starts. -errno if it cannot be read. */
static off_t line_before(int fd, off_t end)
{
	char c;

	for (off_t at = end - 1; at > 0; at--) {
		ssize_t n = pread(fd, &c, 1, at - 1);

		if (n != 1)
			return n < 0 ? -errno : -EIO;
		if (c == '\n')
			return at;
	}
	return 0;
}

/* Before anything is cut off: what is not ours, or not even begun like ours, stays as it is. */
static bool starts_a_run(int fd)
{
	static const char start[] = "{\"type\":\"run\"";
	char have[sizeof(start) - 1];
	ssize_t n = pread(fd, have, sizeof(have), 0);

	return n >= 0 && !memcmp(have, start, (size_t)n);
}

/* What follows the last newline was being written when the run died. */
static int cut_torn(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END), whole = size;
	char c = '\n';

	if (size > 0 && pread(fd, &c, 1, size - 1) != 1)
		return -EIO;
	if (c != '\n')
		whole = line_before(fd, size);
	if (size < 0 || whole < 0 || (whole < size && ftruncate(fd, whole)))
		return whole < 0 ? (int)whole : -errno;
	return 0;
}

/* One file, one way to name things. */
static bool of_this_schema(const struct record_file *f, FILE *msgs)
{
	if (!f || f->schema == RECORD_SCHEMA)
		return true;
	fprintf(msgs, "%s: written in schema %u, this septbench writes %d; start a new file\n",
		f->path, f->schema, RECORD_SCHEMA);
	return false;
}

int record_reopen(const char *path, struct record_writer **w, struct record_file **f, FILE *msgs)
{
	int fd = open_locked(path, O_RDWR), err;

	*w = NULL;
	*f = NULL;
	if (fd < 0)
		return fd;
	err = starts_a_run(fd) ? cut_torn(fd) : -EBADMSG;
	if (!err && lseek(fd, 0, SEEK_END) > 0 &&
	    ((record_read_growing(path, f, msgs) &&
	      (!*f || (*f)->dropped || !(*f)->ended || !(*f)->end_status)) ||
	     !of_this_schema(*f, msgs))) {
		record_file_free(*f);
		*f = NULL;
		err = -EBADMSG;
	}
	err = own_writer(fd, err, w);
	if (!err && *f)
		(*w)->blocks = (*f)->nr_blocks;
	return err;
}

int record_reopened_go_on(struct record_writer *w, const struct record_file *f)
{
	off_t end;

	if (!f->ended)
		return 0;
	end = line_before(w->fd, lseek(w->fd, 0, SEEK_END));
	return end < 0 ? (int)end : ftruncate(w->fd, end) ? -errno : 0;
}

int record_close(struct record_writer *w)
{
	int err;

	if (!w)
		return 0;
	err = w->err;
	if (w->owned && close(w->fd) && !err)
		err = -errno;
	free(w->changed);
	free(w);
	return err;
}

static int flush(int fd)
{
	/* Pipes and ports have nothing to flush, and say so by these two. */
	if (fdatasync(fd) && errno != EINVAL && errno != EROFS)
		return -errno;
	return 0;
}

static int write_line(struct record_writer *w, const char *line, size_t len)
{
	size_t size;
	char *buf;

	if (w->err)
		return w->err;
	if (__builtin_add_overflow(len, 1, &size))
		return -EOVERFLOW;
	buf = malloc(size);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, line, len);
	buf[len] = '\n';
	w->err = file_write_all(w->fd, buf, size);
	if (!w->err)
		w->err = flush(w->fd);
	free(buf);
	return w->err;
}

int record_write_block_line(struct record_writer *w, const char *line, size_t len)
{
	int err = write_line(w, line, len);

	if (!err)
		w->blocks++;
	return err;
}

int record_write_json(struct record_writer *w, struct json_object *json, bool is_block)
{
	size_t len;
	const char *text = json_object_to_json_string_length(json,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	if (!text)
		return -ENOMEM;
	return is_block ? record_write_block_line(w, text, len) : write_line(w, text, len);
}

int record_write_block_json(struct record_writer *w, struct json_object *block)
{
	return record_write_json(w, block, true);
}

int record_json_add(struct json_object *o, const char *key, struct json_object *value)
{
	if (!o || !value || json_object_object_add(o, key, value)) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

static int add_looks(struct json_object *o, const struct record_run *run)
{
	struct json_object *list = run->looks ? json_object_new_array() : NULL;

	if (!run->looks)
		return 0;
	for (unsigned int i = 0; list && i < run->looks; i++)
		json_object_array_add(list, json_object_new_int64(run->look[i]));
	return record_json_add(o, "looks", list);
}

struct json_object *record_run_json(const struct record_run *run)
{
	struct json_object *o = json_object_new_object();
	int err = 0;

	err |= record_json_add(o, "type", json_object_new_string("run"));
	err |= record_json_add(o, "schema", json_object_new_int(RECORD_SCHEMA));
	err |= record_json_add(o, "version", json_object_new_string(run->version));
	err |= record_json_add(o, "substrate", json_object_new_string(run->substrate));
	err |= record_json_add(o, "clock", json_object_new_string(run->clock));
	err |= record_json_add(o, "profile", json_object_new_string(run->profile));
	err |= record_json_add(o, "seed", json_object_new_uint64(run->seed));
	err |= record_json_add(o, "flavour", json_object_new_string(run->flavour));
	err |= add_looks(o, run);
	err |= record_json_add(o, "env", run->env ? json_object_get(run->env) :
			       json_object_new_object());
	if (!err)
		return o;
	json_object_put(o);
	return NULL;
}

int record_write_run(struct record_writer *w, const struct record_run *run)
{
	struct json_object *o = record_run_json(run);
	int err = o ? record_write_json(w, o, false) : -ENOMEM;

	json_object_put(o);
	return err;
}

int record_write_boot(struct record_writer *w, const struct record_boot *boot)
{
	struct json_object *o = json_object_new_object();
	int err = 0;

	err |= record_json_add(o, "type", json_object_new_string("boot"));
	err |= record_json_add(o, "variant", json_object_new_string(boot->variant));
	err |= record_json_add(o, "boot", json_object_new_int64(boot->boot));
	err |= record_json_add(o, "status", json_object_new_int(boot->status));
	err |= record_json_add(o, "complaints", json_object_new_uint64(boot->complaints));
	err = err ? -ENOMEM : record_write_json(w, o, false);
	json_object_put(o);
	return err;
}

void record_set_changed(struct record_writer *w, const char *changed)
{
	free(w->changed);
	w->changed = strdup(changed);
}

int record_write_end(struct record_writer *w, int status)
{
	struct json_object *o = json_object_new_object();
	int err = 0;

	err |= record_json_add(o, "type", json_object_new_string("end"));
	err |= record_json_add(o, "blocks", json_object_new_uint64(w->blocks));
	err |= record_json_add(o, "status", json_object_new_int(status));
	if (w->changed)
		err |= record_json_add(o, "changed", json_object_new_string(w->changed));
	err = err ? -ENOMEM : record_write_json(w, o, false);
	json_object_put(o);
	return err;
}
