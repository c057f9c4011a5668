"""An HTTP server on loopback for stand-ins: a thread for each request, and no word about clients that leave."""

import http.server
import threading


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def serve(handler):
    """One that serves already; its user ends it with shutdown and server_close."""
    server = Quiet(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
