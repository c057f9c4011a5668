"""The console while its server is slow, silent, gone, or talks nonsense; and while its terminal changes."""

import json
import os
import random
import signal
import socket
import threading
import time

import pytest

from admin import ByRequest
from running import Server
from sanitizer import cannot_hold, patience
from terminal import Terminal
from waiting import until


class Answers:
    """Something at an admin socket that answers as it is told: reply is bytes of a body, seconds is how long it
    takes."""

    def __init__(self, path):
        self.path, self.status, self.reply, self.seconds, self.asked = str(path), 200, b'{"clients":[]}', 0, []
        self.stopped = threading.Event()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(16)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with connection:
            try:
                head = connection.recv(65536).decode(errors="replace")
                self.asked.append(head.split(" HTTP")[0])
                self.stopped.wait(self.seconds)
                body = self.reply
                connection.sendall(b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                                   b"Connection: close\r\n\r\n" % (self.status, len(body)) + body)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)


def clients(*names, **more):
    return json.dumps({"clients": [{"client_id": f"id-{i}", "name": name, "type": "public", "status": "active"}
                                   for i, name in enumerate(names)], **more}).encode()


@pytest.fixture
def answers(tmp_path):
    with Answers(tmp_path / "a.sock") as answering:
        answering.reply = clients("first", "second", "third")
        yield answering


def test_keys_are_answered_while_the_server_takes_ten_seconds(answers):
    with Terminal(answers.path) as terminal:
        terminal.see("first")
        answers.seconds = 10
        began = time.monotonic()
        terminal.type("R").see("Esc:Cancel")
        terminal.type("j", "j").at("third")
        terminal.type("?").see("What can be done here").type("q").see("first")
        terminal.type("Escape").see("Cancelled.", not_="Esc:Cancel")
        assert time.monotonic() - began < patience(9)
        answers.seconds = 0
        terminal.type("R").see("updated 0 s ago").type("q").ended()


def test_an_operation_that_takes_its_time_is_seen_and_can_be_left(answers):
    answers.reply = clients("first").replace(b"active", b"pending")
    with Terminal(answers.path) as terminal:
        terminal.see("! pending")
        answers.seconds = 10
        terminal.type("a").see("Approve client first", "Esc stops waiting").type("Escape").see(
            "! pending", not_="Esc stops waiting")
        assert answers.asked[-1] == "POST /api/admin/v1/clients/id-0/approve"
        terminal.type("Q").ended()


def test_leaving_waits_for_no_answer(answers):
    answers.seconds = 30
    with Terminal(answers.path) as terminal:
        terminal.see("Esc:Cancel").type("Q").ended()


def test_a_server_that_goes_away_and_comes_back(tmp_path):
    with Server(tmp_path) as server, Terminal(server.admin_socket) as terminal:
        ByRequest(server)("client", "create", name="first", grants=["client"])
        terminal.type("R").see("first", "updated")
        server.kill()
        terminal.type("R").see("disconnected, again in", "first")
        terminal.type("d").see("Not while nobody answers")
        server.start()
        terminal.type("R").see("Connected again", "first", not_="disconnected")


def test_nobody_there_is_said_and_tried_again(tmp_path):
    path = tmp_path / "a.sock"
    with Terminal(path) as terminal:
        terminal.see("disconnected, again in")
        with Answers(path) as answers:
            answers.reply = clients("first")
            terminal.type("R").see("first", not_="disconnected")


@pytest.mark.parametrize("status, reply", [
    (200, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"clients":{}}'), (200, b'{"clients":[1,null,[],"x",{}]}'),
    (200, b'{"clients":[' + b"[" * 100 + b"]" * 100 + b"]}"), (500, b'{"error":"x","error_description":"\\u001b[2Jno"}'),
    (200, b'{"clients":[{"client_id":{"a":1},"name":["x"],"status":7}],"next":"' + b"n" * 5000 + b'"}'),
    (200, b"x" * (2 << 20)), (404, b"{}"), (401, b"{}"), (200, b'{"clients":[{"name":"' + b"\xff\xfe" + b'"}]}'),
], ids=lambda value: str(value)[:24])
def test_nonsense_neither_ends_nor_moves_the_console(answers, status, reply):
    with Terminal(answers.path) as terminal:
        terminal.see("first")
        answers.status, answers.reply = status, reply
        for keys in (["R"], ["j"], ["Enter"], ["3"], ["1"], ["9"], ["2"]):
            terminal.type(*keys)
        terminal.see("authgate", "?:Help")
        assert terminal.lines[0].startswith(" authgate")
        answers.status, answers.reply = 200, clients("first again")
        terminal.type("2", "R").see("first again")
        terminal.type("Q").ended()


def test_a_cursor_that_leads_in_a_circle_ends(answers):
    answers.reply = clients(*(f"n{i}" for i in range(100)), next="id-99")
    with Terminal(answers.path) as terminal:
        terminal.see("n3")
        for _ in range(30):
            terminal.type("NPage", "NPage", "G")
        terminal.see("/200 ").type("g").see("?:Help").type("Q").ended()
        assert len(answers.asked) < 200


def test_a_resize_storm_leaves_a_whole_screen(answers):
    answers.reply = clients(*(f"name-{i}" for i in range(60)))
    with Terminal(answers.path) as terminal:
        terminal.see("name-3")
        chance = random.Random(7)
        for _ in range(60):
            terminal.resize(chance.randrange(20, 300), chance.randrange(5, 100))
            terminal.type("j")
        terminal.resize(100, 30).see("name-", "?:Help", " RW ")
        assert len([line for line in terminal.lines if "name-" in line]) > 15
        assert all(len(line) <= 100 for line in terminal.lines)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(answers, number):
    with Terminal(answers.path) as terminal:
        terminal.see("first")
        os.kill(terminal.pid, number)
        terminal.see(f"ended with {128 + number}").ended(128 + number)


@cannot_hold("the sanitizer has its own handler for it")
def test_a_crash_gives_the_terminal_back(answers):
    with Terminal(answers.path) as terminal:
        terminal.see("first")
        os.kill(terminal.pid, signal.SIGSEGV)
        terminal.ended(128 + signal.SIGSEGV)


def test_a_terminal_that_goes_away_ends_the_console(answers):
    with Terminal(answers.path) as terminal:
        terminal.see("first")
        pid = terminal.pid
    until(lambda: not os.path.exists(f"/proc/{pid}") or "Z" in open(f"/proc/{pid}/stat").read().split(")")[1][:3], 10)


def test_suspended_and_brought_back(answers):
    with Terminal(answers.path, shell=True) as terminal:
        terminal.see("first").type("C-z")
        terminal.see("Stopped", not_="?:Help").write("fg").type("Enter").see("first", "?:Help")
        terminal.type("C-l").see("first").type("q").see("bash-", not_="?:Help")


def test_a_mouse_chooses_rows_tabs_and_buttons(answers):
    with Terminal(answers.path, term="xterm-256color") as terminal:
        terminal.see("first")
        terminal.click(4, 5).at("second")
        row, column = terminal.find("3U")
        terminal.click(column + 1, row).see("── Users")
        row, column = terminal.find("2C")
        terminal.click(column + 1, row).see("── Clients", "second")
        row, column = terminal.find("d:Disable")
        terminal.click(column + 2, row).see("Disable client")
        row, column = terminal.find("[ Cancel ]")
        terminal.click(column + 2, row).see("second", not_="Disable client")
        terminal.wheel(4, 5, down=True).at("third")
        assert terminal.run("display", "-p", "#{mouse_any_flag}").strip() == "1"
    with Terminal(answers.path, term="xterm-256color", options=["--no-mouse"]) as terminal:
        terminal.see("first")
        assert terminal.run("display", "-p", "#{mouse_any_flag}").strip() == "0"
