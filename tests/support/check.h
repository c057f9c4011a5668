/*
 * What every unit test includes: cmocka in the order it wants, and assertions
 * for our own types.  A test reads as arrange, act, assert, and its name is the
 * behaviour: test_user_code_is_read_in_any_case.
 */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/secret.h"

#define assert_ok(call)       assert_string_equal(err_name(call), "OK")
#define assert_err(call, err) assert_string_equal(err_name(call), err_name(err))
#define assert_str(s, text) \
	do { \
		struct str got_ = (s); \
		char shown_[4096]; \
		(void)snprintf(shown_, sizeof shown_, "%.*s", STR_ARG(got_)); \
		assert_string_equal(shown_, (text)); \
		assert_int_equal(got_.n, strlen(text)); \
	} while (0)

/* For databases that are written to. */
static const struct secret test_audit_key = {(unsigned char[]){"a key of the audit chains"}, 25};

#define RUN(tests) cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL)

#endif
