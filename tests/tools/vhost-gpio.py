#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A GPIO controller for a virtual machine: a vhost-user daemon with the command line of rust-vmm's
vhost-device-gpio, which no release of Debian has, and chips of its own in the place of /dev/gpiochipN.

    vhost-gpio.py --socket-path PATH [--socket-count 1] --device-list N

Chip N has 8 lines, line0 to line7. Lines 0 to 5 are at the bits of N until the guest drives them; line 7
follows line 6 as if by a wire, with an interrupt to the guest where it asked for one. What the guest sets is
told on standard error. Like vhost-device-gpio it listens on PATH with a 0 behind it, and goes on listening
when QEMU has gone. Sources: the vhost-user protocol (docs/interop/vhost-user.rst of QEMU) and virtio 1.2, 2.7
(split virtqueues) and 5.18 (GPIO)."""
import argparse
import mmap
import os
import select
import socket
import struct
import sys

LINES = 8
OUT, IN = 1, 2  # a line's direction
RISING, FALLING = 1, 2  # the edges of an interrupt's type; 4 and 8 are levels
OK, ERROR = b"\0", b"\1"
F_IRQ, F_PROTOCOL, F_VERSION_1 = 1 << 0, 1 << 30, 1 << 32
PROTOCOL_CONFIG, PROTOCOL_REPLY_ACK = 1 << 9, 1 << 3
REPLY, NEED_REPLY = 0x4, 0x8


class Gone(Exception):
    pass


class Chip:
    """The lines, and what the guest can ask of them (5.18.6)."""

    def __init__(self, number):
        self.values = [number >> line & 1 if line < 6 else 0 for line in range(LINES)]
        self.directions = [0] * LINES
        self.irq_types = [0] * LINES
        self.names = b"".join(b"line%d\0" % line for line in range(LINES))
        self.config = struct.pack("<HxxI", LINES, len(self.names))

    def request(self, kind, line, value):
        """The response to a request; lines that changed by it."""
        if kind == 1:
            return OK + self.names, []
        if line >= LINES:
            return ERROR + b"\0", []
        if kind == 2:
            return OK + bytes([self.directions[line]]), []
        if kind == 3 and value in (0, OUT, IN):
            self.directions[line] = value
            return OK + b"\0", []
        if kind == 4:
            return OK + bytes([self.values[line]]), []
        if kind == 5 and value in (0, 1):
            return OK + b"\0", self.set(line, value)
        if kind == 6 and value <= 8:
            self.irq_types[line] = value
            return OK + b"\0", []
        return ERROR + b"\0", []

    def set(self, line, value):
        print(f"vhost-gpio: the guest sets line {line} to {value}", file=sys.stderr, flush=True)
        changed = []
        for one in [line, 7] if line == 6 else [line]:
            if self.values[one] != value:
                changed.append(one)
            self.values[one] = value
        return changed

    def interrupts(self, line):
        kind, value = self.irq_types[line], self.values[line]
        return bool(kind & (RISING | 4) and value or kind & (FALLING | 8) and not value)


class Queue:
    """One split virtqueue (2.7) in the guest's memory."""

    def __init__(self):
        self.size = self.seen = 0
        self.desc = self.avail = self.used = None
        self.kick = self.call = None

    def close(self):
        for fd in (self.kick, self.call):
            if fd is not None:
                os.close(fd)
        self.kick = self.call = None


class Backend:
    def __init__(self, connection, chip):
        self.connection, self.chip = connection, chip
        self.regions, self.queues = [], [Queue(), Queue()]
        self.waiting = {}  # buffers of the event queue: line -> (head, address of the status)

    # --- The guest's memory ---------------------------------------------------------------------
    def at(self, address, size, user=False):
        """A guest address, or one of QEMU's own, as a piece of a mapping."""
        for guest, length, qemu, view in self.regions:
            begin = qemu if user else guest
            if begin <= address and address + size <= begin + length:
                return view[address - begin:address - begin + size]
        raise Gone(f"no memory at {address:#x}")

    def read(self, address, fmt):
        return struct.unpack(fmt, self.at(address, struct.calcsize(fmt), True))

    def descriptors(self, queue, head):
        index = head
        for _ in range(queue.size):
            address, size, flags, following = self.read(queue.desc + 16 * index, "<QIHH")
            yield address, size, flags & 2 != 0
            if not flags & 1:
                return
            index = following
        raise Gone("a chain without an end")

    def complete(self, queue, head, written):
        (index,) = self.read(queue.used + 2, "<H")
        slot = queue.used + 4 + 8 * (index % queue.size)
        self.at(slot, 8, True)[:] = struct.pack("<II", head, written)
        self.at(queue.used + 2, 2, True)[:] = struct.pack("<H", index + 1 & 0xffff)
        (flags,) = self.read(queue.avail, "<H")
        if queue.call is not None and not flags & 1:
            os.eventfd_write(queue.call, 1)

    # --- The two queues --------------------------------------------------------------------------
    def chains(self, queue):
        (index,) = self.read(queue.avail + 2, "<H")
        while queue.seen != index:
            (head,) = self.read(queue.avail + 4 + 2 * (queue.seen % queue.size), "<H")
            queue.seen = queue.seen + 1 & 0xffff
            chain = list(self.descriptors(queue, head))
            if [writable for _, _, writable in chain] != [False, True]:
                raise Gone("a chain that is not a request and a response")
            yield head, bytes(self.at(*chain[0][:2])), self.at(*chain[1][:2])

    def answer_requests(self):
        for head, request, response in self.chains(self.queues[0]):
            kind, line, value = struct.unpack("<HHI", request)
            answer, changed = self.chip.request(kind, line, value)
            answer = answer[:len(response)]
            response[:len(answer)] = answer
            self.complete(self.queues[0], head, len(answer))
            if kind == 6 and value == 0 and line in self.waiting:
                self.return_event(line, 0)  # no interrupts any more
            for one in changed:
                if one in self.waiting and self.chip.interrupts(one):
                    self.return_event(one, 1)

    def take_events(self):
        for head, request, response in self.chains(self.queues[1]):
            (line,) = struct.unpack("<H", request)
            self.waiting[line] = head, response

    def return_event(self, line, valid):
        head, response = self.waiting.pop(line)
        response[:] = bytes([valid])
        self.complete(self.queues[1], head, 1)

    # --- The protocol ----------------------------------------------------------------------------
    def map_memory(self, body, fds):
        (count,) = struct.unpack_from("<Ixxxx", body)
        self.regions = []
        for i, fd in enumerate(fds[:count]):
            guest, size, qemu, offset = struct.unpack_from("<QQQQ", body, 8 + 32 * i)
            mapping = memoryview(mmap.mmap(fd, offset + size))
            self.regions.append((guest, size, qemu, mapping[offset:offset + size]))
            os.close(fd)

    def handle(self, kind, body, fds):
        """One message; its reply, if it has one."""
        number = struct.unpack_from("<Q", body)[0] if len(body) >= 8 else 0
        queue = self.queues[number & 1]
        if kind == 1:  # GET_FEATURES
            return struct.pack("<Q", F_IRQ | F_PROTOCOL | F_VERSION_1)
        if kind == 15:  # GET_PROTOCOL_FEATURES
            return struct.pack("<Q", PROTOCOL_CONFIG | PROTOCOL_REPLY_ACK)
        if kind == 5:
            self.map_memory(body, fds)
        elif kind in (8, 10, 11):  # of a queue: its size, its base, and back
            index, value = struct.unpack_from("<II", body)
            queue = self.queues[index]
            if kind == 8:
                queue.size = value
            elif kind == 10:
                queue.seen = value
            else:
                queue.close()
                return struct.pack("<II", index, queue.seen)
        elif kind == 9:
            index, _, queue_desc, queue_used, queue_avail = struct.unpack_from("<IIQQQ", body)
            queue = self.queues[index]
            queue.desc, queue.used, queue.avail = queue_desc, queue_used, queue_avail
        elif kind in (12, 13):
            fd = fds[0] if fds else None
            if kind == 12:
                queue.kick = fd
            else:
                queue.call = fd
        elif kind == 24:  # GET_CONFIG
            offset, size, flags = struct.unpack_from("<III", body)
            part = self.chip.config[offset:offset + size].ljust(size, b"\0")
            return struct.pack("<III", offset, size, flags) + part
        elif kind not in (2, 3, 14, 16, 18):  # features, owner, error, enable: nothing to be done
            raise Gone(f"message {kind}, which was not agreed on")
        return None

    def receive(self):
        header, fds, _, _ = socket.recv_fds(self.connection, 12, 8)
        if len(header) < 12:
            raise Gone("QEMU has gone")
        kind, flags, size = struct.unpack("<III", header)
        body = b""
        while len(body) < size:
            part = self.connection.recv(size - len(body))
            if not part:
                raise Gone("QEMU has gone")
            body += part
        reply = self.handle(kind, body, fds)
        if reply is None and flags & NEED_REPLY:
            reply = struct.pack("<Q", 0)
        if reply is not None:
            self.connection.sendall(struct.pack("<III", kind, 1 | REPLY, len(reply)) + reply)

    def serve(self):
        while True:
            sources = [self.connection] + [q.kick for q in self.queues if q.kick is not None]
            for ready in select.select(sources, [], [])[0]:
                if ready is self.connection:
                    self.receive()
                elif ready == self.queues[0].kick:
                    os.eventfd_read(ready)
                    self.answer_requests()
                elif ready == self.queues[1].kick:
                    os.eventfd_read(ready)
                    self.take_events()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", "--socket-path", required=True)
    parser.add_argument("-c", "--socket-count", type=int, default=1)
    parser.add_argument("-l", "--device-list", required=True)
    options = parser.parse_args()
    chips = [int(number) for number in options.device_list.split(":")]
    if len(chips) != options.socket_count or len(chips) != 1:
        parser.error("one socket and one chip, as pith asks for")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(options.socket_path + "0")
    listening.listen(1)
    while True:
        connection, _ = listening.accept()
        backend = Backend(connection, Chip(chips[0]))
        try:
            backend.serve()
        except Gone as error:
            print(f"vhost-gpio: {error}", file=sys.stderr, flush=True)
        finally:
            for queue in backend.queues:
                queue.close()
            connection.close()


main()
