/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of pith vm: what it means, and what is refused. */
#include "../../runner/vm_line.h"
#include "../tap.h"

static int parse(const char *const *words, struct vm_line *line, struct vm_line_error *error)
{
	char copies[8][200], *pointers[8];
	size_t count = 0;

	for (; words[count] != NULL; count++)
		pointers[count] = strcpy(copies[count], words[count]);
	return vm_line_parse(pointers, count, line, error);
}

static void test_accepted(void)
{
	static const char *const words[] = {
	    "--kernel",
	    "path=k,cmdline=\"console=ttyS0,115200 a=\\\"b\\\\\",kernel_load_addr=0x1000",
	    "--memory=size_mib=128",
	    "--vcpus",
	    "num=2",
	    "--block=path=/d,read_only=yes",
	    "--block=path=nbd:x",
	    NULL};
	static const char *const more[] = {
	    "--net", "tap=tap0", "--net=tap=tap1", "--initrd", "path=../i", "--vcpu=num=512", NULL};
	static const char *const crosvm[] = {"--cpus", "4", "--mem=128", "--log", "a,b", NULL};
	struct vm_line line;
	struct vm_line_error error = {""};

	is_int(parse(words, &line, &error), 0, "the reference VMM's line");
	is_str(line.kernel, "./k", "a path stays a path");
	is_str(line.cmdline, "console=ttyS0,115200 a=\"b\\", "commas, quotes and = in a value");
	is_str(line.kernel_load_addr, "0x1000", "an address");
	is_int(line.memory_mib, 128, "--memory=");
	is_int(line.vcpus, 2, "--vcpus is --vcpu");
	is_int((long long)line.disk_count, 2, "several --block");
	ok(line.disks[0].read_only && !line.disks[1].read_only, "read_only is its own disk's");
	is_str(line.disks[1].path, "./nbd:x", "a path that QEMU would take for a protocol");
	vm_line_free(&line);
	is_int(parse(more, &line, &error), 0, "nets and an initramfs");
	is_str(line.nets[1].interface, "tap1", "several --net");
	is_str(line.initrd, "../i", "--initrd");
	is_int(line.memory_mib, VM_LINE_MEMORY_MIB, "memory has a default");
	vm_line_free(&line);
	is_int(parse(crosvm, &line, &error), 0, "crosvm's words");
	is_int(line.vcpus, 4, "--cpus");
	is_int(line.memory_mib, 128, "--mem=");
	is_str(line.log, "./a,b", "a log, whose name may hold a comma");
	vm_line_free(&line);
}

static void test_refused(void)
{
	static const struct {
		const char *words[5], *message;
	} cases[] = {
	    {{"--memory", "size_mib=0"},
	     "--memory size_mib=0: accepted is a number from 1 to 16777216"},
	    {{"--memory", "size_mib=1G"},
	     "--memory size_mib=1G: accepted is a number from 1 to 16777216"},
	    {{"--memory", "size_mib="},
	     "--memory size_mib=: accepted is a number from 1 to 16777216"},
	    {{"--memory", "size_mib=+1"},
	     "--memory size_mib=+1: accepted is a number from 1 to 16777216"},
	    {{"--memory", "size=1"},
	     "--memory: 'size': accepted are words KEY=VALUE, KEY being size_mib"},
	    {{"--memory", "256"},
	     "--memory: '256': accepted are words KEY=VALUE, KEY being size_mib"},
	    {{"--memory", ""}, "--memory: '': accepted are words KEY=VALUE, KEY being size_mib"},
	    {{"--memory"}, "--memory without a value"},
	    {{"--memory=size_mib=1", "--memory=size_mib=1"}, "--memory is there twice"},
	    {{"--vcpu=num=1", "--vcpus=num=1"}, "--vcpu is there twice"},
	    {{"--vcpu=num=1", "--cpus=1"}, "--cpus is there twice"},
	    {{"--cpus", "0"}, "--cpus 0: accepted is a number from 1 to 512"},
	    {{"--mem", "1G"}, "--mem 1G: accepted is a number from 1 to 16777216"},
	    {{"--log", ""}, "--log without a value"},
	    {{"--vcpu", "num=513"}, "--vcpu num=513: accepted is a number from 1 to 512"},
	    {{"--kernel", "cmdline=a"}, "--kernel: 'path=' is missing"},
	    {{"--kernel", "path="}, "--kernel path= is empty"},
	    {{"--kernel", "path=a,"},
	     "--kernel: '': accepted are words KEY=VALUE, KEY being path, cmdline, "
	     "kernel_load_addr"},
	    {{"--kernel", "path=a,path=b"}, "--kernel: 'path' is there twice"},
	    {{"--kernel", "path=a,cmdline=\"b,c"}, "a \" without its end"},
	    {{"--kernel", "path=a,cmdline=b,c"},
	     "--kernel: 'c': accepted are words KEY=VALUE, KEY being path, cmdline, "
	     "kernel_load_addr"},
	    {{"--kernel", "path=a,kernel_load_addr=high"},
	     "--kernel kernel_load_addr=high: accepted is a number"},
	    {{"--block", "path=a,read_only=1"}, "--block read_only=1: accepted is yes or no"},
	    {{"--block", "read_only=yes"}, "--block: 'path=' is missing"},
	    {{"--net", "tap=a/b"}, "--net tap=a/b: accepted is a network interface's name"},
	    {{"--net", "tap=\"a,b\""}, "--net tap=a,b: accepted is a network interface's name"},
	    {{"--net", "tap=a234567890123456"},
	     "--net tap=a234567890123456: accepted is a network interface's name"},
	    {{"--blok", "path=a"},
	     "'--blok': accepted are --kernel, --initrd, --memory, --mem, --vcpu, --cpus, "
	     "--log, --block, --net"},
	    {{"disk.img"},
	     "'disk.img': accepted are --kernel, --initrd, --memory, --mem, --vcpu, --cpus, "
	     "--log, --block, --net"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vm_line line;
		struct vm_line_error error = {""};
		ok(parse(cases[i].words, &line, &error) != 0, "refused: %s %s", cases[i].words[0],
		   cases[i].words[1] == NULL ? "" : cases[i].words[1]);
		is_str(error.message, cases[i].message, "with its reason");
		vm_line_free(&line);
	}
}

int main(void)
{
	test_accepted();
	test_refused();
	return done();
}
