"""Starting, loading and reading one contestant.

The rule: the time that counts is the one that the system accounts to a contestant's own processes; requests per second and delays
depend on the load generator too. What would defeat it is a turn in which not every request got its answer: it is an error.
"""

import http.client
import json
import os
import re
import socket
import ssl
import statistics
import subprocess
import time
from pathlib import Path


def tree(pid):
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu(pid):
    """Seconds of CPU so far, user and system, over all threads and child processes."""
    total = 0
    for one in tree(pid):
        total += sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{one}/task").glob("*/schedstat"))
    return total / 1e9


def memory(pid):
    """Bytes, where pages that processes share count once."""
    total = 0
    for one in tree(pid):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.M)
        total += int(found.group(1)) * 1024 if found else 0
    return total


class Started:
    """A contestant that runs."""

    def __init__(self, contestant, core, log):
        self.contestant = contestant
        command = ["taskset", "-c", str(core), *contestant.command]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **contestant.env})

    def wait(self, seconds=10):
        for _ in range(seconds * 20):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.contestant.name} ended with {self.process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.contestant.port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        if self.contestant.ready:
            self.contestant.ready()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def echoed(contestant, body, fields):
    """What the bot received."""
    trust = ssl._create_unverified_context()
    trust.minimum_version = ssl.TLSVersion.TLSv1_3
    link = http.client.HTTPSConnection("127.0.0.1", contestant.port, context=trust, timeout=10)
    headers = {"content-type": "application/json", **dict(field.split(": ", 1) for field in fields)}
    try:
        link.request("POST", "/echo", body, headers)
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


def edited(body):
    """The body without what the ten entries find, by other means than any contestant's."""
    tree = json.loads(body)

    def everywhere(node, name):
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        for child in children:
            everywhere(child, name)
        if isinstance(node, dict):
            node.pop(name, None)

    user, context = tree["user"], tree["context"]
    for name in ("email", "name", "title"):
        user.pop(name, None)
    for name in ("lat", "lon"):
        context["geo"].pop(name)
    for number, purchase in enumerate(context["purchases"]):
        purchase.pop("price")
        if number > 0:
            purchase.pop("sku")
    for child in context.values():
        if isinstance(child, dict):
            child.pop("points", None)
    context.pop("referrer")
    everywhere(tree, "phone")
    everywhere(tree, "ip")
    return tree


def is_edited(contestant, got, wanted):
    """Whether it is what it should be; in strings that were searched something may stand as its kind: `[date]`."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return got.keys() == wanted.keys() and all(is_edited(contestant, got[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(got, list):
        return len(got) == len(wanted) and all(is_edited(contestant, *pair) for pair in zip(got, wanted))
    if contestant.texts and isinstance(wanted, str) and isinstance(got, str):
        kept = re.split(r"\[[a-z+-]+\]", got)
        return re.fullmatch(".+".join(map(re.escape, kept)), wanted, re.DOTALL) is not None
    return got == wanted


def check(contestant, bodies):
    """Makes sure that the bot gets what it should get from this contestant."""
    for size, path in bodies.items():
        body = path.read_bytes()
        if contestant.passes:
            status, got = echoed(contestant, body, contestant.yes)
            if (status, got) != (200, body):
                raise RuntimeError(f"{contestant.name} changes a body of {size} (status {status})")
        if contestant.edits:
            status, got = echoed(contestant, body, contestant.no)
            if status != 200 or not is_edited(contestant, json.loads(got), edited(body)):
                raise RuntimeError(f"{contestant.name} does not do the ten edits at {size} (status {status})")


def load(contestant, protocol, body, edits, requests, core, log, alone=False):
    """One turn: so many requests, sixteen or one at a time; what the client saw."""
    shape = ["-c", "1", "-m", "1"] if alone else ["-c", "16", "-m", "1"] if protocol == "HTTP/1.1" else ["-c", "4", "-m", "4"]
    if protocol == "HTTP/1.1":
        shape.append("--h1")
    fields = ["content-type: application/json", "accept: application/json", *(contestant.no if edits else contestant.yes)]
    command = ["taskset", "-c", str(core), "h2load", "-n", str(requests), *shape, "-d", str(body), "--log-file", str(log)]
    command += ["--tls13-ciphers", "TLS_AES_128_GCM_SHA256"]
    for text in fields:
        command += ["-H", text]
    Path(log).unlink(missing_ok=True)  # h2load writes behind what is there
    done = subprocess.run([*command, f"https://127.0.0.1:{contestant.port}/chat"], capture_output=True, text=True, timeout=120)
    good = re.search(r"status codes: (\d+) 2xx", done.stdout)
    if not good or int(good.group(1)) != requests:
        raise RuntimeError(f"{contestant.name}: not every request was answered:\n{done.stdout}{done.stderr}")
    if "TLSv1.3" not in done.stdout or "AES_128_GCM" not in done.stdout:
        raise RuntimeError(f"{contestant.name} does not speak TLS 1.3 with AES-128-GCM")
    rate = float(re.search(r"finished in [\d.]+m?s, ([\d.]+) req/s", done.stdout).group(1))
    return rate, sorted(int(line.split("\t")[2]) for line in Path(log).read_text().splitlines())


def turn(started, protocol, body, edits, requests, core, log):
    """One turn, with what it cost."""
    load(started.contestant, protocol, body, edits, max(200, requests // 20), core, log)
    before = cpu(started.process.pid)
    rate, delays = load(started.contestant, protocol, body, edits, requests, core, log)
    spent = cpu(started.process.pid) - before
    return {"cpu": spent / requests * 1e6, "rate": rate, "p50": statistics.median(delays),
            "p99": delays[len(delays) * 99 // 100], "memory": memory(started.process.pid)}
