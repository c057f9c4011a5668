"""A steady load: threads that repeat a step until they are told to stop, and keep
what went wrong."""

import threading

from sanitizer import patience
from waiting import until


class Load:
    """step(stop) is called again and again by each of a number of threads; what it
    returns is kept in .results, what it raises in .errors."""

    def __init__(self, step, threads=4):
        self.step, self.results, self.errors = step, [], []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self):
        while not self.stop.is_set():
            try:
                self.results.append(self.step())
            except Exception as error:  # whatever it is, the test shall see it
                self.errors.append(error)
                if len(self.errors) > 1000:
                    return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.finish()

    def go_on(self, count=10, seconds=20):
        """Until so many more have come back, whatever with."""
        wanted = self.done + count
        until(lambda: self.done >= wanted, seconds)

    @property
    def done(self):
        return len(self.results) + len(self.errors)

    def finish(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(patience(20))
            assert not thread.is_alive()
