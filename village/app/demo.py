"""``village demo``: the whole main job on one machine: the example site, a local repository and its push hook."""

from __future__ import annotations

import functools
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from village import bundled
from village.app import process
from village.errors import OperatorError, PortTaken
from village.settings.model import Settings, SiteSettings, TlsSettings, listen_address

# What the demo's repository does after a push: what GitHub would do, in ten lines.
POST_RECEIVE = """#!{python}
import hashlib, hmac, json, sys, urllib.request
for line in sys.stdin:
    old, new, ref = line.split()
    body = json.dumps({{"ref": ref, "after": new}}).encode()
    signature = hmac.new({secret!r}.encode(), body, hashlib.sha256).hexdigest()
    headers = {{"Content-Type": "application/json", "X-GitHub-Event": "push"}}
    headers["X-Hub-Signature-256"] = "sha256=" + signature
    request = urllib.request.Request({url!r}, body, headers)
    print("village answered the push hook with", urllib.request.urlopen(request, timeout=10).status)
"""

BANNER = """
  village is up: the example site, which is also the manual.

    site          {plain}
    over HTTPS    {tls}  (a certificate of its own: the browser asks once)
    status        {plain}-/status   user: any, password: {token}
    metrics       {plain}-/metrics

  Try a push:

    cd {clone}
    printf '\\nHello from the demo.\\n' >> content/_index.md
    git commit -qam 'Say hello' && git push -q
    # then look at {plain} again

  Break a post and push: the last good release stays up, and the status page says which line.
  Ctrl-C stops everything.{kept}
"""


def main(http: str, https: str, folder: Path | None) -> None:
    """Set up the demo in ``folder`` (a temporary one when None) and run it until Ctrl-C."""
    root = folder or Path(tempfile.mkdtemp(prefix="village-demo-"))
    try:
        run(root, http, https, kept=folder is not None)
    finally:
        if folder is None:
            shutil.rmtree(root, ignore_errors=True)


def run(root: Path, http: str, https: str, *, kept: bool) -> None:
    """Run on ports that are free; one may be taken between the look and the bind, then others are looked for."""
    for last in (False, False, True):
        settings = prepare(root.resolve(), free(http), free(https))
        words = banner(settings, root, kept=kept)
        try:
            process.main(settings, on_ready=functools.partial(click.echo, words))
        except PortTaken:
            if last:
                raise
        else:
            return


def prepare(root: Path, http: str, https: str) -> Settings:
    """A bare repository with the example site, an author's clone of it, and settings that serve it."""
    secret, token = secrets.token_hex(16), secrets.token_hex(4)
    bare, clone = root / "forge.git", root / "site"
    if not bare.exists():
        git("init", "-q", "--bare", "--initial-branch=main", str(bare))
        shutil.copytree(bundled.folder("content-example"), clone, dirs_exist_ok=True)
        for arguments in (
            ("init", "-q", "--initial-branch=main"),
            ("config", "user.name", "Villager"),
            ("config", "user.email", "villager@localhost"),
            ("add", "-A"),
            ("commit", "-q", "-m", "The example site"),
            ("remote", "add", "origin", str(bare)),
            ("push", "-q", "-u", "origin", "main"),
        ):
            git("-C", str(clone), *arguments)
    hook = bare / "hooks" / "post-receive"
    url = f"http://{http}/hooks/redeploy"
    hook.write_text(POST_RECEIVE.format(python=sys.executable, secret=secret, url=url))
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    return Settings(
        sites=(SiteSettings(name="demo", source=bare.as_uri(), hook_secret=(secret,), poll=3600.0),),
        data=root / "data",
        http=(http,),
        https=(https,),
        admin_token=token,
        access_log="off",
        tls=TlsSettings(mode="internal", hsts=0),
        drain=1.0,
    )


def free(address: str) -> str:
    """``address``, or a free port on its host when another program holds it."""
    host, port = listen_address(address)
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return f"{host}:{probe.getsockname()[1]}"
    raise OperatorError(f"cannot listen on {host}", hint="choose another address with --http and --https")


def banner(settings: Settings, root: Path, *, kept: bool) -> str:
    """What to open and what to try next."""
    return BANNER.format(
        plain=f"http://{settings.http[0]}/",
        tls=f"https://{settings.https[0]}/",
        token=settings.admin_token,
        clone=root / "site",
        kept=f"\n  Everything lies in {root}." if kept else "",
    )


def git(*arguments: str) -> None:
    """Run git; a failure is the operator's to mend."""
    try:
        command = ["git", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise OperatorError("git is not installed", hint="install git; village fetches content with it") from error
    if done.returncode:
        raise OperatorError(f"git {arguments[0]} failed: {done.stderr.strip()}")
