/* Every row of the detection table, by its name, and who wins over whom. */
#include "tests/support/check.h"

#include "clients/flow_choice.h"

#include <stdlib.h>

/* An ordinary desktop; each row changes one thing. */
#define DESKTOP .terminal = true, .display = true, .opener = true

static const struct {
	const char *name;
	enum login_flow flow;
	struct surroundings around;
} rows[] = {
	{"desktop", FLOW_BROWSER, {DESKTOP}},
	{"ci", FLOW_NONE, {DESKTOP, .ci = true}},
	{"no-terminal", FLOW_NONE, {.display = true, .opener = true}},
	{"wsl", FLOW_BROWSER, {.terminal = true, .opener = true, .wsl = true}},
	{"no-display", FLOW_DEVICE, {.terminal = true, .wsl = true}},
	{"editor", FLOW_BROWSER,
		{.terminal = true,
			.ssh = true,
			.opener = true,
			.browser_named = true,
			.forwards_browser = true}},
	{"ssh", FLOW_DEVICE, {.terminal = true, .ssh = true, .opener = true}},
	{"ssh", FLOW_DEVICE,
		{.terminal = true, .ssh = true, .opener = true, .browser_named = true}},
	{"ssh-display", FLOW_BROWSER, {DESKTOP, .ssh = true}},
	{"container", FLOW_DEVICE, {DESKTOP, .container = true}},
	{"desktop", FLOW_BROWSER, {DESKTOP, .container = true, .browser_named = true}},
	{"desktop", FLOW_BROWSER,
		{.terminal = true, .opener = true, .container = true, .browser_named = true}},
	{"sudo", FLOW_DEVICE, {DESKTOP, .sudo = true}},
	{"no-display", FLOW_DEVICE, {.terminal = true, .opener = true}},
	{"no-display", FLOW_DEVICE, {.terminal = true, .opener = true, .browser_named = true}},
	{"no-opener", FLOW_DEVICE, {.terminal = true, .display = true}},
	{"no-opener", FLOW_DEVICE, {.terminal = true, .display = true, .ssh = true}},
	{"ci", FLOW_NONE, {.ci = true, .ssh = true, .container = true, .sudo = true}},
};

static void
test_each_surrounding_gets_its_flow_and_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		const struct flow_choice *choice = client_flow_choose(&rows[i].around);

		assert_string_equal(choice->name, rows[i].name);
		assert_int_equal(choice->flow, rows[i].flow);
		assert_true(strlen(choice->reason) > 10);
	}
}

static const char *const variables[] = {"CI", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "DISPLAY",
	"WAYLAND_DISPLAY", "WSL_DISTRO_NAME", "WSL_INTEROP", "container", "KUBERNETES_SERVICE_HOST",
	"CODESPACES", "REMOTE_CONTAINERS", "GITPOD_WORKSPACE_ID", "CLOUD_SHELL", "BROWSER",
	"VSCODE_IPC_HOOK_CLI", "SUDO_UID"};

static void
look_with(const char *name, const char *value, struct surroundings *ret)
{
	for (size_t i = 0; i < countof(variables); i++)
		unsetenv(variables[i]);
	setenv("PATH", "/nonexistent", 1);
	if (name)
		setenv(name, value, 1);
	client_surroundings_look(ret);
}

static void
test_variables_are_seen_and_empty_ones_are_not(void **state)
{
	static const struct {
		const char *name;
		size_t at;
	} seen[] = {
		{"CI", offsetof(struct surroundings, ci)},
		{"SSH_CONNECTION", offsetof(struct surroundings, ssh)},
		{"SSH_CLIENT", offsetof(struct surroundings, ssh)},
		{"SSH_TTY", offsetof(struct surroundings, ssh)},
		{"DISPLAY", offsetof(struct surroundings, display)},
		{"WAYLAND_DISPLAY", offsetof(struct surroundings, display)},
		{"WSL_DISTRO_NAME", offsetof(struct surroundings, wsl)},
		{"WSL_INTEROP", offsetof(struct surroundings, wsl)},
		{"CODESPACES", offsetof(struct surroundings, container)},
		{"KUBERNETES_SERVICE_HOST", offsetof(struct surroundings, container)},
		{"container", offsetof(struct surroundings, container)},
	};
	struct surroundings without, empty, with;

	(void)state;
	look_with(NULL, NULL, &without);
	assert_false(without.opener);
	for (size_t i = 0; i < countof(seen); i++) {
		look_with(seen[i].name, "", &empty);
		assert_memory_equal(&empty, &without, sizeof empty);
		look_with(seen[i].name, "1", &with);
		assert_true(*((bool *)(void *)&with + seen[i].at));
	}
	look_with("CI", "false", &with);
	assert_false(with.ci);
}

static void
test_named_browser_must_be_there(void **state)
{
	struct surroundings s;

	(void)state;
	look_with("BROWSER", "/nonexistent/x:no-such-program", &s);
	assert_false(s.browser_named || s.opener);
	look_with("BROWSER", "/nonexistent/x:/bin/true %s", &s);
	assert_true(s.browser_named && s.opener);
	look_with("BROWSER", "/tmp", &s);
	assert_false(s.browser_named);
}

static void
test_flows_have_names(void **state)
{
	enum login_flow flow = FLOW_AUTO;

	(void)state;
	assert_ok(client_flow_parse(STR("paste"), &flow));
	assert_int_equal(flow, FLOW_PASTE);
	assert_err(client_flow_parse(STR("Paste"), &flow), ERR_MALFORMED);
	assert_err(client_flow_parse(STR(""), &flow), ERR_MALFORMED);
	assert_string_equal(client_flow_name(FLOW_DEVICE), "device");
	assert_string_equal(client_flow_name(FLOW_NONE), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_surrounding_gets_its_flow_and_a_reason),
		cmocka_unit_test(test_variables_are_seen_and_empty_ones_are_not),
		cmocka_unit_test(test_named_browser_must_be_there),
		cmocka_unit_test(test_flows_have_names),
	};

	return RUN(tests);
}
