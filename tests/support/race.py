"""Requests at the same instant."""

import os
import threading

from sanitizer import patience

ROUNDS = int(os.environ.get("RACE_ROUNDS", "3"))
WIDTH = 64


def at_once(server, request, number=WIDTH):
    """Calls request(client, i) from as many threads, each on a connection that stands already; the
    results in the order of i. A thread that fails fails the race."""
    clients = [server.client() for _ in range(number)]
    barrier = threading.Barrier(number)
    results, problems = [None] * number, []

    def run(i):
        try:
            clients[i].get("/livez")
            barrier.wait(patience(30))
            results[i] = request(clients[i], i)
        except BaseException as problem:  # pylint: disable=broad-except
            problems.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    if problems:
        raise problems[0]
    return results
