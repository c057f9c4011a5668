/* Certificates as openssl makes them. */
#include "tests/support/check.h"

#include "lib/base/clock.h"
#include "lib/crypto/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS (86400 * INT64_C(1000))

static char directory[32];

static const char *
in_directory(const char *name)
{
	static char paths[4][64];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", directory, name);
	return path;
}

static int
make(void **state)
{
	static const char command[] =
		"cd %s && for n in a b; do openssl req -x509 -newkey ec -pkeyopt "
		"ec_paramgen_curve:P-256 -nodes -days 10 -subj /CN=x -addext "
		"subjectAltName=DNS:login.example.org,IP:192.0.2.7 "
		"-keyout $n.key -out $n.pem; done 2>err && "
		"openssl ec -aes128 -passout pass:secret -in a.key -out locked.key 2>>err";
	char text[512];

	(void)state;
	strcpy(directory, "/tmp/certificate-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(text, sizeof text, command, directory);
	return system(text); /* NOLINT(cert-env33-c): openssl's own command */
}

static int
unmake(void **state)
{
	static const char *const names[] = {
		"a.key", "a.pem", "b.key", "b.pem", "locked.key", "err"};

	(void)state;
	for (size_t i = 0; i < countof(names); i++)
		(void)unlink(in_directory(names[i]));
	return rmdir(directory);
}

static void
test_a_pair_is_one_for_its_names_only(void **state)
{
	int64_t now_ms = clock_now_ms();
	struct certificate c;
	static const struct {
		struct str host;
		bool fits;
	} hosts[] = {
		{STR_INIT("login.example.org"), true},
		{STR_INIT("LOGIN.example.org"), true},
		{STR_INIT("192.0.2.7"), true},
		{STR_INIT("example.org"), false},
		{STR_INIT("a.login.example.org"), false},
		{STR_INIT("192.0.2.70"), false},
		{STR_INIT("x"), false},
	};

	(void)state;
	for (size_t i = 0; i < countof(hosts); i++) {
		assert_ok(certificate_inspect(
			in_directory("a.pem"), in_directory("a.key"), hosts[i].host, &c, NULL));
		assert_int_equal(c.fits_host, hosts[i].fits);
		assert_true(c.fits_key);
	}
	assert_in_range(c.not_before_ms, now_ms - DAY_MS, now_ms);
	assert_in_range(c.not_after_ms, now_ms + 9 * DAY_MS, now_ms + 11 * DAY_MS);
}

static void
test_what_is_no_pair_is_told(void **state)
{
	struct certificate c;
	struct diag diag = {""};

	(void)state;
	assert_ok(certificate_inspect(
		in_directory("a.pem"), in_directory("b.key"), STR("x"), &c, NULL));
	assert_false(c.fits_key);
	assert_err(certificate_inspect(
			   in_directory("a.key"), in_directory("a.key"), STR("x"), &c, &diag),
		ERR_CONFIG);
	assert_non_null(strstr(diag.text, "not a certificate"));
	assert_err(certificate_inspect(
			   in_directory("a.pem"), in_directory("locked.key"), STR("x"), &c, &diag),
		ERR_CONFIG);
	assert_err(certificate_inspect(
			   in_directory("none"), in_directory("a.key"), STR("x"), &c, &diag),
		ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pair_is_one_for_its_names_only),
		cmocka_unit_test(test_what_is_no_pair_is_told),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, make, unmake);
}
