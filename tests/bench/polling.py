"""Many at once who ask little: connections that are idle, devices that poll every five seconds."""

import contextlib
import heapq
import resource
import select
import socket
import statistics
import time

from workload import Workload, wire

INTERVAL_S, POLLS_EACH = 5, 6
PENDING = b"authorization_pending"


def raise_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def idle_connections(server, count):
    """They have had a reply each."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(wire.Connection(server.port, server.tls))
            connection.send(wire.request_bytes("GET", "/livez"))
            connection.read()
        yield


class Crowd:
    """Devices that poll in turn, each at its own time, over connections kept or made anew."""

    def __init__(self, port, requests, keeps):
        self.port, self.requests, self.keeps = port, requests, keeps
        self.poller, self.open = select.epoll(), {}  # descriptor -> (socket, device, when)
        self.kept = {}  # device -> socket
        self.waits_ms, self.wrong = [], 0

    def send(self, device):
        s = self.kept.get(device)
        if not s:
            s = socket.create_connection(("127.0.0.1", self.port))
            self.poller.register(s.fileno(), select.EPOLLIN)
            if self.keeps:
                self.kept[device] = s
        self.open[s.fileno()] = (s, device, time.monotonic())
        s.sendall(self.requests[device])

    def receive(self, descriptor):
        s, _, sent = self.open.pop(descriptor)
        reply = s.recv(65536)
        self.waits_ms.append((time.monotonic() - sent) * 1000)
        self.wrong += PENDING not in reply
        if not self.keeps:
            self.poller.unregister(descriptor)
            s.close()

    def live(self):
        count, began = len(self.requests), time.monotonic() + 0.1
        due = [(began + i * INTERVAL_S / count, i, POLLS_EACH) for i in range(count)]
        heapq.heapify(due)
        while due or self.open:
            now = time.monotonic()
            while due and due[0][0] <= now:
                when, device, left = heapq.heappop(due)
                self.send(device)
                if left > 1:
                    heapq.heappush(due, (when + INTERVAL_S, device, left - 1))
            wait = max(0, due[0][0] - time.monotonic()) if due else 1
            for descriptor, _ in self.poller.poll(wait):
                self.receive(descriptor)

    def close(self):
        for s in self.kept.values():
            s.close()
        self.poller.close()


def devices(server, count, keeps):
    """What they cost: the part of a processor, memory, and the wait for a reply at its 99th hundredth."""
    raise_file_limit()
    poll = Workload(server, single=0, polls=count, pairs=0).device_poll()
    crowd = Crowd(server.port, [poll.request(code) for code in poll.items], keeps)
    time.sleep(1)
    before, began = server.cpu_s(), time.monotonic()
    try:
        crowd.live()
        return {"cpu": (server.cpu_s() - before) / (time.monotonic() - began),
                "rss_mb": server.memory_mb("VmRSS"), "wrong": crowd.wrong,
                "p99_ms": statistics.quantiles(crowd.waits_ms, n=100)[98]}
    finally:
        crowd.close()
