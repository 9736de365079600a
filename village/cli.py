"""The verbs: parse, call one function, set the exit code (0 done, 1 the author's move, 2 operator's, 3 world's)."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from village import __version__, logs
from village.errors import AuthorError, SettingsError, VillageError

if TYPE_CHECKING:
    from village.settings.model import Settings

FOLDER = click.Path(file_okay=False, path_type=Path)


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command whose typed errors become a message and an exit code, never a traceback."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            code = function(*args, **kwargs) or 0
            gc.freeze()  # the process ends: whatever cycles it holds need no looking for (0.6 s at 10,000 posts)
            sys.exit(code)
        except AuthorError as error:  # begins with file:line, which editors and terminals open
            click.echo(logs.masked(error.describe()), err=True)
            sys.exit(error.consequence.exit_code)
        except VillageError as error:
            click.echo(f"village: {logs.masked(error.describe())}", err=True)
            sys.exit(error.consequence.exit_code)
        except BrokenPipeError:  # `village build | head`: nobody reads any more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(141)
        except OSError as error:
            click.echo(f"village: {logs.masked(str(error))}", err=True)
            sys.exit(3)
        except KeyboardInterrupt:
            sys.exit(130)

    return wrapped


def operator(config: Path | None) -> Settings:
    """The operator's settings, with their secrets masked in every log from here on."""
    from village.settings import model, reading  # noqa: PLC0415 - an author's verbs have none

    read = reading.read(os.environ, config)
    for secret in model.secrets(read):
        logs.remember_secret(secret)
    logs.configure(form=read.log, level=read.log_level)
    return read


def settings_help() -> str:
    """Every setting with its help, for ``village run --help``."""
    from village.settings import names  # noqa: PLC0415

    rows = [f"\b\n{name}\n    {text}" for name, text in names.described()]
    return "Settings (environment; every name has a _FILE twin):\n\n" + "\n\n".join(rows)


class Operated(click.Command):
    """A command whose help ends with all settings."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.epilog = settings_help()
        super().format_epilog(ctx, formatter)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="village %(version)s")
def main() -> None:
    """One container that is a whole website: write Markdown, push to git, forget the server."""


@main.command()
@click.argument("folder", type=FOLDER, default=".")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=1313, show_default=True, type=click.IntRange(0, 65535))
@click.option("--drafts", "-D", is_flag=True, help="show drafts")
@click.option("--future", "-F", is_flag=True, help="show posts before their date")
@click.option("--open", "open_browser", is_flag=True, help="open the browser")
@click.option("--environment", "-e", default="development", show_default=True)
@click.option("--python", is_flag=True, help="run the site's own Python (village/*.py)")
@verb
def serve(folder: Path, **options: Any) -> None:
    """Preview the site in FOLDER; saving a file shows in the browser."""
    from village.app import preview  # noqa: PLC0415 - each verb loads what it needs

    logs.configure(level="info")
    preview.serve(folder, preview.PreviewOptions(**options))


@main.command()
@click.argument("folder", type=FOLDER, default=".")
@click.option("--out", "-d", type=FOLDER, default=None, help="output folder  [default: FOLDER/public]")
@click.option("--base-url", "-b", default="", help="base URL; empty = the site's own; '.' = relative links")
@click.option("--drafts", "-D", is_flag=True, help="build drafts")
@click.option("--future", "-F", is_flag=True, help="build posts before their date")
@click.option("--environment", "-e", default="production", show_default=True)
@click.option("--python", is_flag=True, help="run the site's own Python (village/*.py)")
@click.option("--workers", type=click.IntRange(0), default=0, help="worker processes; 0 = as many as CPUs")
@click.option(
    "--render-segments", "--renderSegments", "segments", default="", help="a,b: only these of the config's segments"
)
@click.option("--minify", is_flag=True, help="write pages, feeds and other output with fewer bytes")
@click.option("--stats", is_flag=True, help="print where the time went")
@verb
def build(folder: Path, **options: Any) -> int:
    """Write the site in FOLDER as plain files for any host."""
    from village.app import desk  # noqa: PLC0415

    logs.configure(level="warning")
    options["segments"] = tuple(name.strip() for name in options["segments"].split(",") if name.strip())
    return desk.build(folder, desk.BuildRequest(**options))


@main.command(cls=Operated)
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@verb
def run(config: Path | None) -> None:
    """The production server, all from settings."""
    from village.app import process  # noqa: PLC0415

    process.main(operator(config))


@main.command(short_help="Everything at once on this machine.")
@click.option("--http", default="127.0.0.1:8080", show_default=True)
@click.option("--https", default="127.0.0.1:8443", show_default=True)
@click.option("--folder", type=FOLDER, default=None, help="where to keep the demo  [default: a temp folder]")
@verb
def demo(http: str, https: str, folder: Path | None) -> None:
    """Everything at once on this machine: the example site, HTTPS, a local repository, its push hook."""
    from village.app import demo as room  # noqa: PLC0415

    logs.configure(level="info")
    room.main(http, https, folder)


@main.command(short_help="Make a site, or a post from its archetype.")
@click.argument("what")
@click.argument("folder", type=FOLDER, required=False)
@click.option("--kind", "-k", default="", help="the archetype, when it is not that of the section")
@verb
def new(what: str, folder: Path | None, kind: str) -> None:
    """`new site DIR` makes a site, `new posts/hello.md` a post from its archetype."""
    from village.app import desk  # noqa: PLC0415

    if what in ("site", "content") and folder is None:
        raise click.UsageError(
            f"new {what} needs a name: village new {'site blog' if what == 'site' else 'posts/a.md'}"
        )
    if what == "site" and folder:
        click.echo(desk.new_site(folder))
    else:
        click.echo(desk.new_content(Path(), str(folder) if what == "content" else what, kind))


@main.command("list")
@click.argument("which", type=click.Choice(["all", "drafts", "future", "expired", "published"]), default="all")
@click.argument("folder", type=FOLDER, default=".")
@click.option("--environment", "-e", default="production", show_default=True)
@verb
def list_content(which: str, folder: Path, environment: str) -> None:
    """List the content as CSV: path, title, dates, address."""
    from village.app import desk, listing  # noqa: PLC0415

    click.echo(listing.listed(desk.site_folder(folder), which, environment), nl=False)


@main.command("config", short_help="Show the site's whole configuration as it holds.")
@click.argument("folder", type=FOLDER, default=".")
@click.option("--environment", "-e", default="production", show_default=True)
@verb
def show_config(folder: Path, environment: str) -> None:
    """Show the site's whole configuration as it holds: its own, its themes', the defaults."""
    from village.app import desk, listing  # noqa: PLC0415

    click.echo(listing.configured(desk.site_folder(folder), environment))


@main.command(short_help="Find broken links, anchors, duplicate URLs, heavy images.")
@click.argument("folder", type=FOLDER, default=".")
@click.option("--drafts", "-D", is_flag=True, help="check drafts too")
@click.option("--future", "-F", is_flag=True, help="check posts before their date too")
@verb
def check(folder: Path, **options: Any) -> int:
    """Find broken links and anchors, duplicate URLs, missing alt texts, heavy images."""
    from village.app import desk  # noqa: PLC0415

    logs.configure(level="error")
    return desk.check(folder, **options)


@main.command(short_help="Tell why a page looks as it does.")
@click.argument("url")
@click.argument("folder", type=FOLDER, default=".")
@verb
def explain(url: str, folder: Path) -> int:
    """Tell why URL looks as it does: source, kind, template, dates, what it depends on."""
    from village.app import desk  # noqa: PLC0415

    logs.configure(level="error")
    return desk.explain(folder, url)


@main.command()
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@click.option("--json", "as_json", is_flag=True)
@verb
def status(config: Path | None, as_json: bool) -> int:
    """What the running village serves."""
    from village.app import counter  # noqa: PLC0415

    return counter.status(operator(config), as_json=as_json)


@main.command(hidden=True)
@verb
def health() -> int:
    """The image's health check: 0 when the running village answers."""
    from village.app import counter  # noqa: PLC0415
    from village.settings import reading  # noqa: PLC0415

    return counter.health(reading.read(os.environ))


@main.group()
def cert() -> None:
    """Certificates."""


@cert.command("list")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@verb
def cert_list(config: Path | None) -> int:
    """Which certificate until when."""
    from village.app import counter  # noqa: PLC0415

    return counter.certificates(operator(config))


@cert.command("renew")
@click.argument("domain", default="")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@verb
def cert_renew(domain: str, config: Path | None) -> int:
    """Ask for a new certificate now (all, or that of DOMAIN)."""
    from village.app import counter  # noqa: PLC0415

    return counter.renew(operator(config), domain)


@cert.command("export")
@click.argument("folder", type=FOLDER)
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@verb
def cert_export(folder: Path, config: Path | None) -> int:
    """Write fullchain.pem and privkey.pem of every certificate below FOLDER."""
    from village.app import counter  # noqa: PLC0415

    return counter.export_certificates(operator(config), folder)


@main.command(short_help="Say what stands between this machine and a served site.")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), default=None, help="TOML file")
@verb
def doctor(config: Path | None) -> int:
    """DNS, ports, clock, storage, permissions: what stands between this machine and a served site."""
    from village.app import doctor as room  # noqa: PLC0415

    read = operator(config)
    if not read.sites:
        raise SettingsError("VILLAGE_SOURCE", "environment", "no site is set", hint="set VILLAGE_SOURCE")
    return room.main(read)
