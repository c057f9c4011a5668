/* Seeds an empty database. */
#include "lib/account/seed.h"

#include "lib/account/passphrase.h"
#include "lib/audit/audit.h"
#include "lib/config/places.h"
#include "lib/crypto/random.h"
#include "lib/store/client.h"
#include "lib/store/user.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GENERATED_PASSWORD_LENGTH = 20, CREDENTIALS_MAX = 4096 };

struct seeding {
	struct context cx;
	const struct config *config;
	bool with_user;
	bool with_client;
	struct user user;
	struct client client;
	struct str password;
	struct str path;
	bool written;
	struct diag *diag;
};

static enum err
count_rows(struct seeding *s, struct store *store)
{
	int64_t users, clients;
	enum err e;

	if ((e = user_count(store, &users)) || (e = client_count(store, &clients)))
		return e;
	s->with_user = users == 0;
	s->with_client = clients == 0;
	return OK;
}

static enum err
make_admin(struct seeding *s)
{
	enum err e;

	s->password = s->config->default_admin_password;
	if (!s->password.n &&
		(e = password_generate(s->cx.arena, GENERATED_PASSWORD_LENGTH, &s->password)))
		return e;
	s->user = (struct user){
		.username = STR("admin"),
		.email = STR("admin@localhost"),
		.full_name = STR("Administrator"),
		.role = STR("admin"),
		.created_ms = s->cx.now_ms,
		.updated_ms = s->cx.now_ms,
	};
	if ((e = id_new(s->cx.now_ms, &s->user.id)))
		return e;
	return passphrase_hash(s->cx.arena, s->password, &s->user.password_hash);
}

static enum err
make_client(struct seeding *s)
{
	s->client = (struct client){
		.name = STR("AuthGate CLI"),
		.type = STR("public"),
		.auth_method = STR("none"),
		.grants = STR("urn:ietf:params:oauth:grant-type:device_code authorization_code "
			      "refresh_token"),
		/* What the programs of the Go original ask for, and where they listen: people have
		 * them already. */
		.scopes = STR("openid profile email offline_access read write"),
		.refresh_always = true,
		/* RFC 8252 section 7.3: loopback, any port. */
		.redirect_uris = STR("http://127.0.0.1/callback http://[::1]/callback "
				     "http://localhost:8888/callback"),
		.application_type = STR("native"),
		.token_profile = STR("standard"),
		.status = STR("active"),
		.created_ms = s->cx.now_ms,
		.updated_ms = s->cx.now_ms,
	};
	return id_new(s->cx.now_ms, &s->client.id);
}

static struct str
credentials_text(const struct seeding *s)
{
	struct buf b;

	buf_init(&b, s->cx.arena, CREDENTIALS_MAX);
	if (s->with_user)
		buf_add_printf(&b, "username=%.*s\npassword=%.*s\n", STR_ARG(s->user.username),
			STR_ARG(s->password));
	if (s->with_client)
		buf_add_printf(&b, "client_id=%.*s\n", STR_ARG(id_text(s->cx.arena, s->client.id)));
	return buf_str(&b);
}

static enum err
no_place(struct str path, const char *why, struct diag *diag)
{
	return diag_set(diag, ERR_IO,
		"%.*s: %s; the first admin's password goes there: %s or set CREDENTIALS_FILE",
		STR_ARG(path), why,
		errno == EEXIST ? "move the file away" : "make its directory writable");
}

static enum err
write_new_file(struct arena *arena, struct str path, struct str text, struct diag *diag)
{
	const char *name = str_c(arena, path);
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t written;

	if (fd < 0)
		return no_place(path, strerror(errno), diag);
	written = write(fd, text.p, text.n);
	if (fsync(fd) || written != (ssize_t)text.n) {
		(void)close(fd);
		(void)unlink(name);
		return diag_set(diag, ERR_IO, "%s: could not be written", name);
	}
	(void)close(fd);
	return OK;
}

static enum err
insert_rows(struct store *store, const struct seeding *s)
{
	struct audit_record user = {
		.event = AUDIT_EVENT_USER_CREATED,
		.actor = AUDIT_SYSTEM,
		.target = audit_actor_user(s->cx.arena, s->user.username),
	};
	struct audit_record client = {
		.event = AUDIT_EVENT_CLIENT_CREATED,
		.actor = AUDIT_SYSTEM,
		.target = audit_actor_client(s->cx.arena, s->client.id),
	};
	enum err e = OK;

	if (s->with_user &&
		((e = user_insert(store, &s->user)) || (e = audit_write(store, &s->cx, &user))))
		return e;
	if (s->with_client && ((e = client_insert(store, &s->client)) ||
				      (e = audit_write(store, &s->cx, &client))))
		return e;
	return OK;
}

/* Counts again, because another server may have started at the same moment.  The
 * file is written before the commit: a password that nobody can read must not be
 * stored. */
static enum err
store_seed(struct store *store, void *arg)
{
	struct seeding *s = arg;
	bool with_user = s->with_user, with_client = s->with_client;
	enum err e;

	if ((e = store_lock_nodes(store)) || (e = count_rows(s, store)))
		return e;
	s->with_user &= with_user;
	s->with_client &= with_client;
	if (!s->with_user && !s->with_client)
		return ERR_RACE;
	if ((e = insert_rows(store, s)) || s->written)
		return e;
	e = write_new_file(s->cx.arena, s->path, credentials_text(s), s->diag);
	s->written = e == OK;
	return e;
}

static enum err
run_seeding(struct seeding *s)
{
	enum err e;

	if ((e = count_rows(s, s->cx.store)))
		return diag_set(
			s->diag, e, "the database cannot be read: %s", store_error(s->cx.store));
	if (!s->with_user && !s->with_client)
		return OK;
	if ((s->with_user && (e = make_admin(s))) || (s->with_client && (e = make_client(s))))
		return diag_set(
			s->diag, e, "the first admin could not be made: %s", err_sentence(e));
	s->path = config_credentials_path(s->cx.arena, s->config);
	if (!(e = store_transaction(s->cx.store, store_seed, s)))
		return OK;
	if (s->written)
		(void)unlink(str_c(s->cx.arena, s->path));
	if (e == ERR_RACE || e == ERR_ROW_EXISTS)
		return OK;
	return s->diag->text[0] ? e
				: diag_set(s->diag, e, "the first admin could not be stored: %s",
					  store_error(s->cx.store));
}

enum err
seed(const struct config *config, struct store *store, int64_t now_ms, struct diag *diag)
{
	struct arena arena = {0};
	struct seeding s = {
		.cx = {.arena = &arena, .config = config, .store = store, .now_ms = now_ms},
		.config = config,
		.diag = diag,
	};
	enum err e = run_seeding(&s);

	arena_free(&arena);
	return e;
}

enum err
seed_judge(const struct config *config, struct diag *diag)
{
	struct arena arena = {0};
	struct str path = config_credentials_path(&arena, config);
	const char *directory = str_c(&arena, config_directory_of(path));
	struct stat st;
	enum err e = OK;

	errno = EEXIST;
	if (!lstat(str_c(&arena, path), &st))
		e = no_place(path, strerror(EEXIST), diag);
	else if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS))
		e = no_place(path, strerror(errno), diag);
	arena_free(&arena);
	return e;
}
