/* What the machine gives: configuration, files, space, limits. */
#include "lib/doctor/doctor.h"

#include "lib/base/endpoint.h"
#include "lib/cache/limiter.h"
#include "lib/cache/redis.h"
#include "lib/config/keys.h"
#include "lib/config/places.h"
#include "lib/config/value.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, DISK_LOW_MIB = 200, DISK_FULL_MIB = 20, SPARE_FILES = 64 };

/* ---- configuration ---- */

static void
say_lines(struct doctor *d, enum finding finding, struct str rest)
{
	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		doctor_say(d, finding, "", "%.*s", STR_ARG(line));
	}
}

void
doctor_configuration(struct doctor *d)
{
	const struct config *c = d->config;
	const struct {
		bool is_so;
		const char *text, *advice;
	} facts[] = {
		{!c->rate_limit_enabled, "rate limits are off", "set rate_limit.enabled to true"},
		{c->http2, "HTTP/2 is on, and the HTTP library has known weaknesses there",
			"set server.http2 to false, and let a proxy speak it"},
		{c->registration_enabled && !c->registration_token.n && !c->registration_approval,
			"any stranger can register a client that works at once",
			"set registration.token, or registration.approval to true"},
		{c->cors_enabled && str_is(c->cors_origins, "*"),
			"pages of every site may read the token endpoint",
			"name them in cors.origins"},
		{str_is(c->environment, "development") && str_starts(c->base_url, STR("https:")),
			"this is not marked as production", "set server.environment to production"},
	};

	say_lines(d, FINDING_FAIL, d->problems);
	say_lines(d, FINDING_WARN, d->warnings);
	if (d->problems.n)
		return;
	doctor_say(
		d, FINDING_OK, "", "the server would take it; issuer %.*s", STR_ARG(c->base_url));
	/* Of production the configuration itself has warned. */
	for (size_t i = 0; i < countof(facts); i++)
		if (facts[i].is_so && !str_is(c->environment, "production"))
			doctor_say(d, FINDING_WARN, facts[i].advice, "%s", facts[i].text);
}

/* ---- files ---- */

const char *
doctor_database_file(struct doctor *d)
{
	struct str path = config_database_file(&d->arena, d->config);

	return path.n ? str_c(&d->arena, path) : NULL;
}

static const char *
directory_of(struct doctor *d, const char *path)
{
	return str_c(&d->arena, config_directory_of(str_of(path)));
}

/* Nobody but its owner may see it; true if that is so or it is not there. */
static bool
is_private(struct doctor *d, const char *what, const char *path)
{
	struct stat st;

	if (!path || !*path || stat(path, &st) || config_mode_is_private(&st))
		return true;
	doctor_say(d, FINDING_WARN, arena_printf(&d->arena, "chmod go= %s", path),
		"%s %s is open to others (mode %03o)", what, path, st.st_mode & 0777);
	return false;
}

/* A configuration file may be read by anybody, unless it holds a secret. */
static bool
sources_are_private(struct doctor *d)
{
	bool fine = true;

	for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_origin *origin = &d->origins[i];

		if (config_keys[i].type == CONFIG_TYPE_SECRET && origin->file)
			fine &= is_private(d, config_keys[i].path, origin->file);
	}
	return fine;
}

static bool
is_writable_by_others(struct doctor *d, const char *directory)
{
	struct stat st;

	if (stat(directory, &st) || !(st.st_mode & S_IWOTH) || st.st_mode & S_ISVTX)
		return false;
	doctor_say(d, FINDING_FAIL, arena_printf(&d->arena, "chmod o-w %s", directory),
		"everybody may put another file in the place of the database: %s is writable by "
		"all",
		directory);
	return true;
}

void
doctor_files(struct doctor *d)
{
	const char *database = doctor_database_file(d);
	const char *credentials = str_c(&d->arena, config_credentials_path(&d->arena, d->config));
	bool fine = sources_are_private(d);

	fine &= is_private(d, "the database", database);
	fine &= is_private(d, "the first password in", credentials);
	if (database)
		fine &= !is_writable_by_others(d, directory_of(d, database));
	if (!access(credentials, F_OK))
		doctor_say(d, FINDING_WARN, "sign in, choose another password, and delete the file",
			"the password of the first start still lies in %s", credentials);
	else if (fine)
		doctor_say(d, FINDING_OK, "", "what is secret is private");
}

/* ---- space and limits ---- */

void
doctor_disk(struct doctor *d)
{
	const char *database = doctor_database_file(d);
	const char *directory = database ? directory_of(d, database) : "/";
	struct statvfs fs;
	unsigned long long free_mib;

	if (!database) {
		doctor_say(d, FINDING_OK, "", "the database is kept elsewhere");
		return;
	}
	if (statvfs(directory, &fs)) {
		doctor_say(d, FINDING_FAIL, "", "%s: %s", directory, strerror(errno));
		return;
	}
	free_mib = (unsigned long long)fs.f_bavail * fs.f_frsize / MIB;
	doctor_say(d,
		free_mib < DISK_FULL_MIB  ? FINDING_FAIL
		: free_mib < DISK_LOW_MIB ? FINDING_WARN
					  : FINDING_OK,
		free_mib < DISK_LOW_MIB ? "make room: on a full disk nobody gets a token" : "",
		"%llu MiB are free where the database is", free_mib);
}

void
doctor_limits(struct doctor *d)
{
	long long needed = (long long)d->config->max_connections + SPARE_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_max >= (rlim_t)needed)
		doctor_say(d, FINDING_OK, "", "enough open files for %lld connections",
			(long long)d->config->max_connections);
	else
		doctor_say(d, FINDING_WARN,
			arena_printf(
				&d->arena, "LimitNOFILE=%lld in the unit, or ulimit -n", needed),
			"a process may have %llu open files here, server.max_connections needs "
			"%lld",
			(unsigned long long)limit.rlim_max, needed);
}

/* ---- the admin socket ---- */

static bool
somebody_listens(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd, code;

	if (n >= sizeof address.sun_path)
		return false;
	memcpy(address.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	code = connect(fd, (const struct sockaddr *)&address, sizeof address);
	(void)close(fd);
	return !code;
}

void
doctor_admin_socket(struct doctor *d)
{
	const char *path = str_c(&d->arena, config_admin_socket_path(&d->arena, d->config));
	struct stat st;

	if (!*path) {
		doctor_say(d, FINDING_WARN, "set admin.socket", "there is no admin socket");
		return;
	}
	if (stat(path, &st) || !somebody_listens(path))
		doctor_say(d, FINDING_WARN, "start the server, or run this as its user",
			"nobody answers at %s", path);
	else if (st.st_mode & S_IRWXO)
		doctor_say(d, FINDING_FAIL, arena_printf(&d->arena, "chmod o= %s", path),
			"everybody on this machine is an administrator: %s has mode %03o", path,
			st.st_mode & 0777);
	else
		doctor_say(d, FINDING_OK, "", "the server listens at %s", path);
}

void
doctor_redis(struct doctor *d)
{
	struct redis_setup setup = {
		.password = d->config->redis_password,
		.db = d->config->redis_db,
		.wait_ms = d->config->redis_timeout_ms,
		.script = &limiter_script,
	};
	bool refuses = str_is(d->config->rate_limit_redis_down, "refuse");
	struct diag why = {""};

	if (!str_is(d->config->rate_limit_store, "redis"))
		return;
	if (endpoint_parse(d->config->redis_addr, &setup.endpoint))
		return; /* the configuration is told already */
	if (redis_try(&setup, &why))
		doctor_say(d, refuses ? FINDING_FAIL : FINDING_WARN,
			refuses ? "see that it runs, and compare redis.addr and redis.password; "
				  "until then what has a limit is refused"
				: "see that it runs, and compare redis.addr and redis.password; "
				  "until then each node limits by itself",
			"%.*s cannot be used: %s", STR_ARG(d->config->redis_addr), why.text);
	else
		doctor_say(d, FINDING_OK, "", "%.*s counts for all nodes",
			STR_ARG(d->config->redis_addr));
}
