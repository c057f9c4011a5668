"""A TCP proxy before a database, that can stand still or lose what a COMMIT says."""

import contextlib
import socket
import threading

ANSWER = b"COMMIT\0"    # CommandComplete
QUESTION = b"\0commit\0"  # Bind of the prepared statement


class Cut:
    """dsn leads through it to where the other DSN leads."""

    def __init__(self, instance):
        self.target = ("127.0.0.1", int(instance.settings["port"]))
        self.flow, self.lost = threading.Event(), None
        self.flow.set()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.dsn = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.flow.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.sockets:
            self._end(one)

    @staticmethod
    def _end(one):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
                self.sockets += [client, server]
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.flow.wait()
                if self.lost and self.lost in data:
                    break
                sink.sendall(data)
        self._end(source)
        self._end(sink)

    @contextlib.contextmanager
    def still(self):
        """Nothing gets through, and nobody is told."""
        self.flow.clear()
        try:
            yield
        finally:
            self.flow.set()

    @contextlib.contextmanager
    def losing(self, what):
        """Connections end instead of carrying that: ANSWER or QUESTION."""
        self.lost = what
        try:
            yield
        finally:
            self.lost = None
