"""One client library: a list of cases, each of which passes or says why not. Lines are
"ok - NAME" and "not ok - NAME: REASON", as of the parts in other languages."""

import json
import os
import sys
import traceback


def settings():
    """What run.py tells every part."""
    return json.loads(os.environ["INTEROP"])


class Part:
    def __init__(self):
        self.failed = 0

    def case(self, name):
        """with part.case("name"): ..."""
        return _Case(self, name)

    def end(self):
        sys.exit(1 if self.failed else 0)


class _Case:
    def __init__(self, part, name):
        self.part, self.name = part, name

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if kind is None:
            print(f"ok - {self.name}", flush=True)
            return True
        self.part.failed += 1
        reason = " ".join(f"{kind.__name__}: {problem}".split())
        print(f"not ok - {self.name}: {reason}", flush=True)
        traceback.print_exception(kind, problem, trace)
        return issubclass(kind, Exception)
