/* Copies beside a SQLite database, named by the version of its schema. */
#include "lib/store/snapshot.h"

#include "lib/store/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct str
path_of(struct str dsn)
{
	if (!str_starts(dsn, STR("file:")))
		return dsn;
	dsn = str_from(dsn, sizeof "file:" - 1);
	return str_cut(&dsn, '?');
}

static const char *
name_of(struct arena *arena, const struct store_setup *setup, int version)
{
	return arena_printf(arena, "%.*s.schema-%d", STR_ARG(path_of(setup->dsn)), version);
}

const char *
snapshot_path(struct arena *arena, const struct store_setup *setup, int version)
{
	const char *name = name_of(arena, setup, version);

	return str_is(setup->driver, "sqlite") && !access(name, F_OK) ? name : NULL;
}

static enum err
failed(struct diag *diag, const char *file)
{
	return diag_set(diag, ERR_IO, "%s: %s", file, strerror(errno));
}

/* The new one is whole before the old ones go. */
enum err
snapshot_make(const struct store_setup *setup, int version, struct diag *diag)
{
	struct arena arena = {0};
	const char *name = name_of(&arena, setup, version);
	const char *fresh = arena_printf(&arena, "%s.%lld", name, (long long)getpid());
	enum err e = OK;

	if (!str_is(setup->driver, "sqlite"))
		return OK;
	(void)unlink(fresh); /* of a process that had this number */
	if (!(e = backup_write(setup, fresh, NULL, NULL, diag)) && rename(fresh, name)) {
		e = failed(diag, name);
		(void)unlink(fresh);
	}
	for (int before = 1; !e && before < version; before++)
		(void)unlink(name_of(&arena, setup, before));
	arena_free(&arena);
	return e;
}

/* Whoever may use the one may use the other, whoever restores. */
static enum err
give_to_owner(const char *file, const struct stat *owner, struct diag *diag)
{
	return chown(file, owner->st_uid, owner->st_gid) ? failed(diag, file) : OK;
}

/* The newest changes may be in the log beside the file: both are kept. */
static enum err
put_aside(struct arena *arena, const char *path, struct diag *diag)
{
	static const char *const parts[] = {"-wal", ""};

	(void)unlink(arena_printf(arena, "%s-shm", path)); /* made anew from the log */
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const char *from = arena_printf(arena, "%s%s", path, parts[i]);
		const char *to = arena_printf(arena, "%s.replaced%s", path, parts[i]);

		(void)unlink(to);
		if (rename(from, to) && errno != ENOENT)
			return failed(diag, from);
	}
	return OK;
}

static enum err
put_in_place(struct arena *arena, const char *path, const char *fresh, struct diag *diag)
{
	struct stat owner;
	bool is_there = !stat(path, &owner);
	enum err e;

	if (is_there && (e = give_to_owner(fresh, &owner, diag)))
		return e;
	if (is_there && (e = put_aside(arena, path, diag)))
		return e;
	return rename(fresh, path) ? failed(diag, path) : OK;
}

static enum err
check_idle(const struct store_setup *setup, const char *path, struct diag *diag)
{
	bool in_use = false;
	enum err e = access(path, F_OK) ? OK : store_in_use(setup, &in_use, diag);

	if (!e && in_use)
		return diag_set(diag, ERR_CONFLICT, "a server has %s open: stop it", path);
	return e;
}

enum err
snapshot_restore(const struct store_setup *setup, const char *file, struct diag *diag)
{
	struct store_setup source = {.driver = setup->driver, .dsn = str_of(file)};
	struct arena arena = {0};
	const char *path = str_c(&arena, path_of(setup->dsn));
	const char *fresh = arena_printf(&arena, "%s.restored.%lld", path, (long long)getpid());
	enum err e;

	if (!str_is(setup->driver, "sqlite"))
		return diag_set(diag, ERR_CONFIG, "for PostgreSQL use pg_restore");
	if (access(file, R_OK))
		e = failed(diag, file);
	else if (!(e = check_idle(setup, path, diag)) &&
		 !(e = backup_write(&source, fresh, NULL, NULL, diag)) &&
		 (e = put_in_place(&arena, path, fresh, diag)))
		(void)unlink(fresh);
	arena_free(&arena);
	return e;
}
