/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/golden does not see of a VM's command line: its sockets, its helpers as root, what is
 * expected of it. */
#include "../../runner/app_image.h"
#include "../../runner/helpers.h"
#include "../../runner/qemu.h"
#include "../tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct config *parse(const char *vm)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	char text[2000];

	snprintf(text, sizeof(text), "mode = 'exec'\n[[process]]\ntype = 'vm'\n%s\n", vm);
	config_parse("c.toml", text, strlen(text), ARCH_AARCH64, &config, &errors);
	for (size_t i = 0; i < errors.messages.count; i++)
		printf("# %s\n", errors.messages.items[i]);
	config_errors_free(&errors);
	return config;
}

static void is_list(struct strv *got, const char *const *wanted, const char *what)
{
	for (size_t i = 0; i < got->count && wanted[i] != NULL; i++)
		is_str(got->items[i], wanted[i], what);
	ok(wanted[got->count] == NULL, "%s: %zu of them", what, got->count);
	strv_free(got);
}

static void test_sockets(void)
{
	static const char *const own[] = {"./a", "./b", "./s", "./c", NULL};
	static const char *const awaited[] = {"/r/passt1", "/r/virtiofs0", "/r/gpio1.0", "/r/tpm0",
					      "./d",       "./g",          NULL};
	struct config *config =
	    parse("net.a = {mode = 'unix', listen = ['a', 'b'], connect = 'd'}\n"
		  "net.b.mode = 'passt'\nserial.hvc0 = {mode = 'unix', path = 's'}\n"
		  "console.x = {mode = 'unix', path = 'c'}\ntpm = true\nvirtiofs.x.path = 'x'\n"
		  "gpio.gpiochip1 = {mode = 'external', path = 'g'}\n"
		  "gpio.gpiochip2 = {mode = 'passthrough', device = '/dev/gpiochip0'}\n");
	const struct config_vm *vm = &config->processes[0].vm;
	struct strv paths = {0};

	qemu_own_sockets(vm, &paths);
	is_list(&paths, own, "a socket that QEMU makes");
	qemu_awaited_sockets(vm, "/r", &paths);
	is_list(&paths, awaited, "a socket that must be there");
	config_free(config);
}

static void test_helpers(void)
{
	static const char *const passt[] = {
	    "passt",    "--foreground", "--quiet", "--one-off",         "--runas", "0",
	    "--socket", "/r/passt0",    "-t",      "127.0.0.1/8080:80", NULL};
	static const char *const virtiofsd[] = {
	    "virtiofsd", "-f", "--socket-path=/r/virtiofs0", "-o", "source=/cwd/./x", NULL};
	static const char *const gpio[] = {"vhost-device-gpio", "--socket-path=/r/gpio0.",
					   "--socket-count=1", "--device-list=7", NULL};
	const struct helpers_setting setting = {.run_dir = "/r", .cwd = "/cwd", .as_root = true};
	struct config *config = parse(
	    "net.a = {mode = 'passt', port_forward.a = {outer_port = 8080, inner_port = 80}}\n"
	    "virtiofs.x.path = 'x'\n"
	    "gpio.gpiochip1 = {mode = 'passthrough', device = '/dev/gpiochip7'}\n");
	struct helpers helpers;

	helpers_list(&config->paths, &config->processes[0].vm, &setting, &helpers);
	is_int((long long)helpers.count, 3, "a helper for each device that needs one");
	is_list(&helpers.items[0].argv, passt, "passt as root");
	is_str(helpers.items[1].name, "virtiofsd x", "a helper's name");
	is_list(&helpers.items[1].argv, virtiofsd, "virtiofsd gets an absolute path");
	is_list(&helpers.items[2].argv, gpio, "vhost-device-gpio");
	is_str(helpers.items[2].socket, "/r/gpio0.0", "which adds a number to its socket");
	helpers_free(&helpers);
	config_free(config);
}

static void test_expectations(void)
{
	static const struct {
		const char *vm;
		bool lean, report, stdio;
	} cases[] = {
	    {"", true, true, false},
	    {"app = 'a'\nkernel = 'k'", true, true, false},
	    {"kernel = 'k'", false, false, true},
	    {"kernel = 'k'\nreport = 'require'", false, true, true},
	    {"report = 'off'", true, false, false},
	    {"serial.hvc0.mode = 'stdio'", true, true, true},
	    {"console.x.mode = 'stdio'", true, true, true},
	    {"firmware = 'f'", false, false, true},
	    {"vmm = 'crosvm'", true, false, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config = parse(cases[i].vm);
		const struct config_vm *vm = &config->processes[0].vm;
		is_int(qemu_is_lean(vm), cases[i].lean, "a lean machine?");
		is_int(qemu_uses_report(vm), cases[i].report, "is an outcome expected?");
		is_int(qemu_uses_stdio(vm), cases[i].stdio, "is standard input its own?");
		config_free(config);
	}
}

static void test_command_line(void)
{
	struct config *config = parse("app = 'a'\nappend = 'b'\nhostname = 'h'");
	struct app_image app = {.hash = "00"};
	const struct qemu_setting setting = {.append_more = "more=1", .app = &app};
	char *line = qemu_command_line(&config->processes[0].vm, &setting);

	is_str(line,
	       "console=ttyAMA0 panic=-1 quiet cryptomgr.notests=1 pith.app_device=/dev/vda "
	       "pith.app_hash=00 "
	       "pith.verify=require pith.hostname=h more=1 b",
	       "pith's words come first, the configuration's last");
	free(line);
	app.goes_along = true;
	line = qemu_command_line(&config->processes[0].vm, &setting);
	ok(strstr(line, "pith.app_device=/pith/app ") != NULL, "an image that is no disk");
	free(line);
	config_free(config);
}

/* Which images go along: small ones, with pith's own kernel and initramfs, without a TPM. */
static void test_app_along(void)
{
	static const struct {
		const char *vm, *release;
		off_t bytes;
		bool has_modules, along;
	} cases[] = {
	    {"", "6.1.192-pith", 4096, false, true},
	    {"", "6.1.192-pith", APP_IMAGE_ALONG_MAX, false, true},
	    {"", "6.1.192-pith", APP_IMAGE_ALONG_MAX + 512, false, false},
	    {"", "6.1.192-pith", 4096, true, false},
	    {"", "6.1.192-pith-minimal", 4096, false, false},
	    {"", "6.1.0-56-cloud-arm64", 4096, true, false},
	    {"", "", 4096, false, false},
	    {"kernel = 'k'", "6.1.192-pith", 4096, false, false},
	    {"initrd = 'i'\nkernel = 'k'", "6.1.192-pith", 4096, false, false},
	    {"tpm = true", "6.1.192-pith", 4096, false, false},
	};
	char path[] = "/tmp/pith-test.XXXXXX", text[128], release[32], modules[] = "/m";
	int fd = mkstemp(path);

	if (fd < 0)
		abort();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "app = '%s'\n%s", path, cases[i].vm);
		snprintf(release, sizeof(release), "%s", cases[i].release);
		struct config *config = parse(text);
		const struct kernel kernel = {.release = release,
					      .modules = cases[i].has_modules ? modules : NULL};

		is_int(ftruncate(fd, cases[i].bytes), 0, "an image of this size");
		is_int(app_image_goes_along(&config->processes[0].vm, &kernel), cases[i].along,
		       "does it go along?");
		config_free(config);
	}
	close(fd);
	unlink(path);
}

int main(void)
{
	test_sockets();
	test_helpers();
	test_expectations();
	test_command_line();
	test_app_along();
	return done();
}
