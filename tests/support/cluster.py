"""Several nodes on one database behind HAProxy, which tests use as if they were one server.

The proxy runs with configs/haproxy.cfg, but for the addresses."""

import itertools
import os
import re
import signal
import subprocess
import time

from database import new_database
from running import START_S, Server, free_port
from sanitizer import ROOT, patience

NODES = int(os.environ.get("TEST_NODES", "1"))


def serve(directory, **environment):
    """A server, or TEST_NODES of them."""
    return Cluster(directory, NODES, **environment) if NODES > 1 else \
        Server(directory, **environment)


def proxy_config(port, nodes):
    text = (ROOT / "configs" / "haproxy.cfg").read_text()
    text, binds = re.subn(r"(?m)^\tbind .*$", f"\tbind 127.0.0.1:{port}", text)
    text, servers = re.subn(r"(?m)^(\tserver \w+) .*\n", "", text)
    text = text.replace("maxconn 20000", "maxconn 2000")
    assert binds == 1 and servers == 3, "configs/haproxy.cfg has changed its form"
    text = text.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    return text + "".join(f"\tserver n{i} 127.0.0.1:{node.port}\n" for i, node in enumerate(nodes))


class Proxy:
    """HAProxy in the foreground."""

    def __init__(self, directory, port, nodes):
        self.path, self.process = directory / "haproxy.cfg", None
        self.path.write_text(proxy_config(port, nodes))

    def start(self):
        with (self.path.parent / "haproxy.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "haproxy", "-db", "-f", self.path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        self.process = None


class Cluster(Server):
    """What Server is, with the proxy's address."""

    def __init__(self, directory, number, **environment):
        super().__init__(directory, **environment)
        shared = {**new_database(self.directory), **environment, "BASE_URL": self.url,
                  "SESSION_SECRET": self.environment["SESSION_SECRET"]}
        self.environment.update(shared)
        self.nodes = []
        for i in range(number):
            (self.directory / f"node{i}").mkdir()
            self.nodes.append(Server(self.directory / f"node{i}", **shared))
        self.proxy = Proxy(self.directory, self.port, self.nodes)
        self.turn = itertools.cycle(self.nodes)

    @property
    def admin_socket(self):
        """Of one node after the other."""
        return next(self.turn).admin_socket

    @property
    def log(self):
        return "".join(node.log for node in self.nodes)

    @property
    def credentials(self):
        """The first start of all has written them."""
        (path,) = self.directory.glob("node*/credentials")
        return dict(line.split("=", 1) for line in path.read_text().splitlines())

    def launch(self):
        for node in self.nodes:
            node.launch()
        return self

    def __enter__(self):
        try:
            return super().__enter__()
        except BaseException:
            self.stop(careful=False)
            raise

    def wait(self):
        for node in self.nodes:
            node.wait()
        self.proxy.start()
        self.process = self.proxy.process
        deadline = time.monotonic() + patience(START_S)
        while not self.is_ready():
            assert time.monotonic() < deadline, (self.directory / "haproxy.log").read_text()
            time.sleep(0.01)
        return self

    def stop(self, careful=True):
        self.process = None
        self.proxy.stop()
        for node in self.nodes:
            if node.process:
                node.stop(careful)

    def kill(self):
        self.process = None
        self.proxy.stop()
        for node in self.nodes:
            node.kill()
