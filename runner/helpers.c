/* SPDX-License-Identifier: Apache-2.0 */
/* helpers.c: the daemons that a VM's devices need, as data: their command lines and sockets. */
#include "helpers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

void helpers_socket(const char *run_dir, const char *kind, size_t number,
		    char path[HELPERS_SOCKET_SIZE])
{
	/* vhost-device-gpio puts the number of the socket, 0, behind the path that it is given. */
	const char *end = strcmp(kind, "gpio") == 0 ? ".0" : "";

	snprintf(path, HELPERS_SOCKET_SIZE, "%.80s/%s%zu%s", run_dir, kind, number, end);
}

static struct helper *add_helper(struct helpers *helpers, char *name, const char *socket)
{
	struct helper *grown =
	    reallocarray(helpers->items, helpers->count + 1, sizeof(*helpers->items));

	if (grown == NULL)
		die_out_of_memory();
	helpers->items = grown;
	grown[helpers->count] = (struct helper){.name = name, .socket = text_copy(socket)};
	return &grown[helpers->count++];
}

static const char *program(const char *configured, const char *standard)
{
	return configured != NULL ? configured : standard;
}

/* passt(1): -t ADDRESS/PORT:GUEST-PORT. Options of 2023 and newer. */
static void add_passt(const struct config_paths *paths, const struct config_net *net,
		      const struct helpers_setting *setting, size_t number, struct helpers *helpers)
{
	char socket[HELPERS_SOCKET_SIZE];

	helpers_socket(setting->run_dir, "passt", number, socket);
	struct helper *helper = add_helper(helpers, text_format("passt %s", net->name), socket);
	strv_add(&helper->argv, program(paths->passt, "passt"));
	strv_add(&helper->argv, "--foreground");
	strv_add(&helper->argv, "--quiet");
	strv_add(&helper->argv, "--one-off"); /* ends with QEMU */
	/* As root it would become nobody, who cannot make a socket in a folder of root's. It still
	 * gives up its capabilities and moves to namespaces of its own. */
	if (setting->as_root) {
		strv_add(&helper->argv, "--runas");
		strv_add(&helper->argv, "0");
	}
	strv_add(&helper->argv, "--socket");
	strv_add(&helper->argv, socket);
	for (size_t i = 0; i < net->forward_count; i++) {
		const struct config_forward *forward = &net->forwards[i];
		const char *host = forward->outer_host;
		strv_add(&helper->argv, forward->protocol == PROTOCOL_UDP ? "-u" : "-t");
		strv_addf(&helper->argv, "%s%s%u:%u", host, host[0] != '\0' ? "/" : "",
			  forward->outer_port, forward->inner_port);
	}
}

/* Every virtiofsd takes these options, QEMU's own of 7.2 and the Rust one. Neither makes a share
 * read-only in all versions, so pith readonly does, in a mount namespace of its own. */
static void add_virtiofsd(const struct config_paths *paths, const struct config_share *share,
			  const struct helpers_setting *setting, size_t number,
			  struct helpers *helpers)
{
	char socket[HELPERS_SOCKET_SIZE];

	helpers_socket(setting->run_dir, "virtiofs", number, socket);
	struct helper *helper =
	    add_helper(helpers, text_format("virtiofsd %s", share->tag), socket);
	if (share->read_only) {
		strv_add(&helper->argv, setting->self != NULL ? setting->self : "pith");
		strv_add(&helper->argv, "readonly");
		strv_add(&helper->argv, share->path);
		strv_addf(&helper->argv, "%s.tree", socket);
	}
	strv_add(&helper->argv, program(paths->virtiofsd, "virtiofsd"));
	strv_add(&helper->argv, "-f");
	strv_addf(&helper->argv, "--socket-path=%s", socket);
	strv_add(&helper->argv, "-o");
	if (share->read_only)
		strv_addf(&helper->argv, "source=%s.tree", socket);
	else if (share->path[0] == '/')
		strv_addf(&helper->argv, "source=%s", share->path);
	else
		strv_addf(&helper->argv, "source=%s/%s", setting->cwd, share->path);
}

static void add_swtpm(const struct config_paths *paths, const struct config_vm *vm,
		      const struct helpers_setting *setting, struct helpers *helpers)
{
	char socket[HELPERS_SOCKET_SIZE];

	helpers_socket(setting->run_dir, "tpm", 0, socket);
	struct helper *helper = add_helper(helpers, text_format("swtpm"), socket);
	helper->state_dir = vm->tpm_state != NULL ? text_copy(vm->tpm_state)
						  : text_format("%s/tpm-state", setting->run_dir);
	strv_add(&helper->argv, program(paths->swtpm, "swtpm"));
	strv_add(&helper->argv, "socket");
	strv_add(&helper->argv, "--tpm2");
	strv_add(&helper->argv, "--tpmstate");
	strv_addf(&helper->argv, "dir=%s", helper->state_dir);
	strv_add(&helper->argv, "--ctrl");
	strv_addf(&helper->argv, "type=unixio,path=%s", socket);
	strv_add(&helper->argv, "--terminate"); /* with QEMU */
}

static void add_gpio(const struct config_paths *paths, const struct config_gpio *gpio,
		     const struct helpers_setting *setting, size_t number, struct helpers *helpers)
{
	char socket[HELPERS_SOCKET_SIZE];

	helpers_socket(setting->run_dir, "gpio", number, socket);
	struct helper *helper =
	    add_helper(helpers, text_format("vhost-device-gpio %s", gpio->name), socket);
	socket[strlen(socket) - 1] = '\0'; /* the daemon adds it */
	strv_add(&helper->argv, program(paths->vhost_device_gpio, "vhost-device-gpio"));
	strv_addf(&helper->argv, "--socket-path=%s", socket);
	strv_add(&helper->argv, "--socket-count=1");
	strv_addf(&helper->argv, "--device-list=%u", gpio->chip);
}

void helpers_list(const struct config_paths *paths, const struct config_vm *vm,
		  const struct helpers_setting *setting, struct helpers *helpers)
{
	*helpers = (struct helpers){0};
	for (size_t i = 0; i < vm->net_count; i++)
		if (vm->nets[i].mode == NET_PASST)
			add_passt(paths, &vm->nets[i], setting, i, helpers);
	for (size_t i = 0; i < vm->share_count; i++)
		if (vm->shares[i].kind == SHARE_VIRTIOFS && vm->vmm == VMM_QEMU)
			add_virtiofsd(paths, &vm->shares[i], setting, i, helpers);
	for (size_t i = 0; i < vm->gpio_count; i++)
		if (!vm->gpios[i].is_external)
			add_gpio(paths, &vm->gpios[i], setting, i, helpers);
	if (vm->tpm)
		add_swtpm(paths, vm, setting, helpers);
}

void helpers_free(struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->count; i++) {
		free(helpers->items[i].name);
		free(helpers->items[i].socket);
		free(helpers->items[i].state_dir);
		strv_free(&helpers->items[i].argv);
	}
	free(helpers->items);
	*helpers = (struct helpers){0};
}
