/* SPDX-License-Identifier: Apache-2.0 */
/* test_vm_script.c: the script that starts a kept machine again. That it does: tests/exec/arch.sh.
 */
#include "../../runner/vm_script.h"

#include <stdlib.h>
#include <string.h>

#include "../tap.h"

#define W(TEXT) ((char[]){TEXT}) /* argv is not of constants */

static void refuses(char *word, const char *reason)
{
	char *const argv[] = {W("qemu"), W("-x"), word, NULL};
	const char *got = vm_script_refusal(argv);

	ok(reason == NULL ? got == NULL : got != NULL && strstr(got, reason) != NULL, "%s", word);
}

int main(void)
{
	char *const argv[] = {W("/a b/qemu"),
			      W("-no-shutdown"),
			      W("-chardev"),
			      W("socket,id=qmp,fd=3"),
			      W("-chardev"),
			      W("socket,id=console,fd=7"),
			      W("-chardev"),
			      W("socket,id=stdout,fd=5"),
			      W("-chardev"),
			      W("socket,id=web,path=/s"),
			      W("-initrd"),
			      W("/proc/self/fd/8"),
			      W("-append"),
			      W("it's"),
			      NULL};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	refuses(W("memory-backend-file,id=rings,mem-path=/proc/self/fd/12,size=1024K"), "shared");
	refuses(W("vhost-user-fs-pci,chardev=fs0,tag=a"), "helper");
	refuses(W("stream,id=net0,addr.type=unix"), "helper");
	refuses(W("isa-serial,chardev=report,iobase=0x2f8,irq=3"), "serial");
	refuses(W("memory-backend-memfd,id=ram,size=256M,share=on"), NULL);
	refuses(W("virtio-9p-pci,fsdev=share0,mount_tag=a"), NULL);
	if (out == NULL)
		return 1;
	vm_script_write(out, argv, "/w d");
	if (fclose(out) != 0)
		return 1;
	const char *at = strstr(text, "\ncd ");
	is_str(
	    at == NULL ? text : at,
	    "\ncd '/w d' || exit\nexec '/a b/qemu' \\\n\t-chardev \\\n\tnull,id=qmp \\\n\t-chardev "
	    "\\\n\tstdio,id=console,mux=on,signal=off \\\n\t-chardev \\\n\t"
	    "file,id=stdout,path=\"$files\"/stdout \\\n\t-chardev \\\n\tsocket,id=web,path=/s "
	    "\\\n\t"
	    "-initrd \\\n\t\"$folder\"/initramfs.cpio \\\n\t-append \\\n\t'it'\\''s'\n",
	    "the words, with files in the place of descriptors");
	free(text);
	return done();
}
