"""What the tests in Python stand on: third-party programs, installed below `target/`, and the proxy while a block runs.

Every program that is started here ends with its block, also when the block fails.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", TESTS.parent / "target")).resolve()
THIRD_PARTIES = TARGET / "third-parties"

# Ended from outside, a block ends like any other.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def from_pip(program, requirements="requirements.txt"):
    """A program of the virtual environment with everything in these requirements, which is made where it is missing."""
    wanted = (TESTS / requirements).read_text()
    folder = THIRD_PARTIES / "-".join(["python", *Path(requirements).parent.parts])
    done = folder / "installed.txt"
    if not done.exists() or done.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        install([sys.executable, "-m", "venv", folder], "a Python with `venv` (Debian: python3-venv)")
        command = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install([*command, "--requirement", TESTS / requirements], f"the packages in tests/{requirements} with pip")
        done.write_text(wanted)
    return folder / "bin" / program


def from_npm(package):
    """The folder of this package (`name@version`), which is installed where it is missing."""
    folder = THIRD_PARTIES / "node" / re.sub(r"[^\w.-]+", "-", package).strip("-")
    done = folder / "installed.txt"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if not shutil.which("npm"):
            raise SystemExit("please install Node.js 20 or later with npm (Debian: nodejs npm)")
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, package]
        install(command, f"`{package}` with npm")
        done.write_text(package)
    return folder / "node_modules" / package.rpartition("@")[0]


def install(command, what):
    if subprocess.run(command).returncode != 0:
        raise SystemExit(f"please install {what}")


def built(program, profile="debug"):
    """A program of ours."""
    path = TARGET / profile / program
    if not path.exists():
        raise SystemExit(f"`{path}` is not there: run `cargo build --all-targets` first")
    return path


def serving(folder, config, profile="debug"):
    """The proxy under this configuration, which is written to the folder; `address()` once it listens."""
    (folder / "assentry.yaml").write_text(config)
    command = [built("assentry", profile), "serve", "--config", folder / "assentry.yaml"]
    return Running(command, ASSENTRY_LOG="info")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Running:
    """A program that ends with its block."""

    def __init__(self, command, **more):
        self.command, self.environment = command, {**os.environ, **more}

    def __enter__(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        self.process = subprocess.Popen(self.command, env=self.environment, **pipes)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def address(self):
        """Where it says that it listens."""
        return self.first_line(lambda line: after(line, "listening address="))

    def first_line(self, pick):
        end, said = time.monotonic() + 60, []
        while time.monotonic() < end and (line := self.process.stdout.readline()):
            said.append(line)
            if picked := pick(line.strip()):
                return picked
        raise SystemExit(f"`{self.command[0]}` did not start:\n{''.join(said)}")


def after(line, word):
    match = re.search(word + r"(\S+)", re.sub(r"\x1b\[[0-9;]*m", "", line))
    return match and match[1]
