/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: pith-init, PID 1 of a virtual machine: the stages in boot order. */
int main(void)
{
	return 125;
}
