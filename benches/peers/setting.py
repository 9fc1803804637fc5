"""What a run needs before anybody starts: a folder, a certificate, the work, the bot, two cores.

The rule: whatever is made here is gone when the run ends, however it ends; processes are ended by their ids.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import contestants
import measure

SIZES = ("1 KB", "16 KB")
TROUBLE = (RuntimeError, contestants.Missing, subprocess.SubprocessError)


class Bench:
    """What all contestants share in this run: a folder, a certificate, the work, the bot."""

    def __init__(self, folder):
        self.dir = Path(folder)
        self.work = self.dir / "work"
        self.work.mkdir()
        self.taken = set()
        self.bot = f"127.0.0.1:{self.port()}"
        self.cert, self.key, self.pair = (str(self.dir / name) for name in ("cert.pem", "key.pem", "pair.pem"))

    def port(self):
        """A port that nobody has, and that was not given out before."""
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            if port not in self.taken:
                self.taken.add(port)
                return port

    def certificate(self):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                   "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                   "-keyout", self.key, "-out", self.cert]
        subprocess.run(command, check=True, capture_output=True)
        Path(self.pair).write_text(Path(self.cert).read_text() + Path(self.key).read_text())

    def bodies(self):
        subprocess.run([budget(), "write", str(self.work)], check=True)
        return {size: self.work / f"{size}.json" for size in SIZES}


def budget(optimised=False):
    """The program that makes the work, built."""
    how = ["bench", "--no-run"] if optimised else ["build"]
    command = ["cargo", *how, "--locked", "--bench", "budget", "--message-format", "json"]
    done = subprocess.run(command, cwd=contestants.ROOT, capture_output=True, text=True)
    found = re.search(r'"executable":"([^"]*/budget-[0-9a-f]+)"', done.stdout)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")
    return found.group(1)


def cores():
    """One for the proxy, one for the bot and the load."""
    mine = sorted(os.sched_getaffinity(0))
    if len(mine) < 2:
        sys.exit("needs two cores, one for the proxy and one for bot and load")
    return mine[0], mine[1]


class Setting:
    """Everything, for as long as the run lasts."""

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        proxy, client = cores()
        self.folder = tempfile.mkdtemp(prefix="peers-")
        self.bot = None
        try:
            bench = Bench(self.folder)
            bench.certificate()
            bodies = bench.bodies()
            [program] = contestants.crate(contestants.HERE / "proxies", contestants.BUILT, "bot")
            self.log = open(bench.dir / "log", "w")
            behind = contestants.Contestant("bot", "", [program, bench.bot], "", port=int(bench.bot.split(":")[1]))
            self.bot = measure.Started(behind, client, self.log)
            self.bot.wait()
            return bench, bodies, (proxy, client), self.log
        except BaseException as wrong:
            self.clear()
            if isinstance(wrong, TROUBLE):
                sys.exit(f"{Path(sys.argv[0]).name}: {wrong}")
            raise

    def __exit__(self, kind, wrong, trace):
        log = Path(self.folder, "log").read_text()[-2000:]
        self.clear()
        if isinstance(wrong, TROUBLE):
            sys.exit(f"{Path(sys.argv[0]).name}: {wrong}\n{log}")

    def clear(self):
        if self.bot:
            self.bot.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
