/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: the loopback interface and the host name. */
#include "network.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console.h"
#include "report.h"

void network_loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		console_debug("network: %s", strerror(errno));
		return;
	}
	if (ioctl(fd, SIOCGIFFLAGS, &request) != 0 ||
	    (request.ifr_flags = (short)(request.ifr_flags | IFF_UP),
	     ioctl(fd, SIOCSIFFLAGS, &request) != 0))
		report_warning("interface lo: %s", strerror(errno));
	close(fd);
}

void network_set_hostname(const char *name)
{
	if (name != NULL && sethostname(name, strlen(name)) != 0)
		report_warning("host name %s: %s", name, strerror(errno));
}
