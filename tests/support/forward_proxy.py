"""An HTTP proxy as companies have them, on loopback: CONNECT to the places that it knows, by names that
nobody else does, and what it was asked for."""

import http.server
import select
import socket

from quiet import serve


class ForwardProxy:
    """`places` says where a host really is; what is not in it is forbidden."""

    def __init__(self, places):
        self.places, self.asked, self.credentials = places, [], None
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                proxy.asked.append(self.path)
                if proxy.credentials and self.headers["Proxy-Authorization"] != proxy.credentials:
                    self.send_error(407)
                    return
                place = proxy.places.get(self.path)
                if not place:
                    self.send_error(403)
                    return
                with socket.create_connection(place) as there:
                    self.send_response(200)
                    self.end_headers()
                    pass_on(self.connection, there)
                self.close_connection = True

            def log_message(self, *_):
                pass

        self.http = serve(Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def pass_on(one, other):
    """Bytes both ways, until a side has ended."""
    while True:
        ready, _, _ = select.select([one, other], [], [])
        for end in ready:
            data = end.recv(65536)
            if not data:
                return
            (other if end is one else one).sendall(data)
