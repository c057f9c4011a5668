/* The table of detection.  To add a rule: a predicate, a row; the first that
 * applies wins. */
#include "clients/flow_choice.h"

#include "clients/opener.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const flow_names[] = {
	[FLOW_AUTO] = "auto",
	[FLOW_BROWSER] = "browser",
	[FLOW_DEVICE] = "device",
	[FLOW_PASTE] = "paste",
};

enum err
client_flow_parse(struct str text, enum login_flow *ret)
{
	for (size_t i = 0; i < countof(flow_names); i++)
		if (str_is(text, flow_names[i])) {
			*ret = (enum login_flow)i;
			return OK;
		}
	return ERR_MALFORMED;
}

const char *
client_flow_name(enum login_flow flow)
{
	return (size_t)flow < countof(flow_names) ? flow_names[flow] : "none";
}

/* ---- looking ------------------------------------------------------------------------------ */

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value && value[0];
}

static bool
any_is_set(const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_set(names[i]))
			return true;
	return false;
}

static bool
is_truthy(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] && strcmp(value, "0") != 0 && strcasecmp(value, "false") != 0;
}

static bool
kernel_is_microsofts(void)
{
	char text[256] = "";
	int fd = open("/proc/sys/kernel/osrelease", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, text, sizeof text - 1);

		text[n > 0 ? n : 0] = '\0';
		(void)close(fd);
	}
	return strcasestr(text, "microsoft") != NULL;
}

void
client_surroundings_look(struct surroundings *ret)
{
	static const char *const ssh[] = {"SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"};
	static const char *const display[] = {"DISPLAY", "WAYLAND_DISPLAY"};
	static const char *const wsl[] = {"WSL_DISTRO_NAME", "WSL_INTEROP"};
	static const char *const container[] = {"container", "KUBERNETES_SERVICE_HOST",
		"CODESPACES", "REMOTE_CONTAINERS", "GITPOD_WORKSPACE_ID", "CLOUD_SHELL"};

	*ret = (struct surroundings){
		.terminal = isatty(STDIN_FILENO) || isatty(STDERR_FILENO),
		.ci = is_truthy("CI"),
		.wsl = any_is_set(wsl, countof(wsl)) || kernel_is_microsofts(),
		.ssh = any_is_set(ssh, countof(ssh)),
		.display = any_is_set(display, countof(display)),
		.container = any_is_set(container, countof(container)) ||
			     access("/run/.containerenv", F_OK) == 0 ||
			     access("/.dockerenv", F_OK) == 0,
		.browser_named = client_opener_is_named(),
		.forwards_browser = is_set("VSCODE_IPC_HOOK_CLI") && client_opener_is_named(),
		.sudo = geteuid() == 0 && is_set("SUDO_UID"),
		.opener = client_opener_exists(),
	};
}

/* ---- choosing ----------------------------------------------------------------------------- */

static bool
in_ci(const struct surroundings *s)
{
	return s->ci;
}

static bool
without_terminal(const struct surroundings *s)
{
	return !s->terminal;
}

static bool
in_windows(const struct surroundings *s)
{
	return s->wsl && s->opener;
}

static bool
in_editor(const struct surroundings *s)
{
	return s->ssh && s->forwards_browser;
}

static bool
over_ssh(const struct surroundings *s)
{
	return s->ssh && !s->display;
}

static bool
over_ssh_with_display(const struct surroundings *s)
{
	return s->ssh && s->display && s->opener;
}

static bool
in_container(const struct surroundings *s)
{
	return s->container && !s->browser_named;
}

static bool
under_sudo(const struct surroundings *s)
{
	return s->sudo;
}

static bool
without_display(const struct surroundings *s)
{
	return !s->display && !(s->container && s->browser_named);
}

static bool
without_opener(const struct surroundings *s)
{
	return !s->opener;
}

static bool
always(const struct surroundings *s)
{
	(void)s;
	return true;
}

static const struct row {
	bool (*applies)(const struct surroundings *);
	struct flow_choice choice;
} rows[] = {
	{in_ci, {FLOW_NONE, "ci", "CI is set, so nobody is here to sign in"}},
	{without_terminal, {FLOW_NONE, "no-terminal", "there is no terminal to ask anybody on"}},
	{in_windows, {FLOW_BROWSER, "wsl", "Windows opens the browser"}},
	{in_editor, {FLOW_BROWSER, "editor", "the editor opens the browser at your end"}},
	{over_ssh, {FLOW_DEVICE, "ssh", "this is an SSH session without a display"}},
	{over_ssh_with_display,
		{FLOW_BROWSER, "ssh-display", "this SSH session forwards a display"}},
	{in_container, {FLOW_DEVICE, "container", "this is a container"}},
	{under_sudo, {FLOW_DEVICE, "sudo", "this runs as root for somebody else"}},
	{without_display, {FLOW_DEVICE, "no-display", "there is no display"}},
	{without_opener, {FLOW_DEVICE, "no-opener", "no program here opens addresses"}},
	{always, {FLOW_BROWSER, "desktop", "there is a display"}},
};

const struct flow_choice *
client_flow_choose(const struct surroundings *s)
{
	size_t i = 0;

	while (!rows[i].applies(s))
		i++;
	return &rows[i].choice;
}
