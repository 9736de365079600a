"""What can be done to the text of an asset: minify, hash, compile SCSS. Pure, but for the child process that
compiles."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping

import rcssmin
import rjsmin

from village.errors import ContentError, TemplateError

ALGORITHMS = ("md5", "sha256", "sha384", "sha512")
COMPILE_SECONDS = 10.0
JSON_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+')
XML_SPACE = re.compile(r">\s+<")
XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
PRESERVED = re.compile(r"<text\b|xml:space|<style\b|<!\[CDATA\[")


def minify(content: bytes, media_type: str) -> bytes:
    """Fewer bytes, the same meaning; a type that cannot be made smaller comes back as it is."""
    if media_type == "text/css":
        return bytes(rcssmin.cssmin(content))
    if media_type in ("text/javascript", "application/javascript"):
        return bytes(rjsmin.jsmin(content))
    if media_type == "text/html":
        import minify_html  # noqa: PLC0415 - a large library that few sites ask for

        text = content.decode("utf-8", "replace")
        return minify_html.minify(
            text, minify_css=True, minify_js=False, keep_closing_tags=True, keep_html_and_head_opening_tags=True
        ).encode()
    if media_type.endswith(("/json", "+json")):
        return JSON_SPACE.sub(lambda match: match[1] or b"", content)
    if media_type.endswith(("/xml", "+xml")):
        return minify_xml(content.decode("utf-8", "replace")).encode()
    return content


def minify_xml(text: str) -> str:
    """Comments and the space between tags dropped, unless the document holds text in which space counts."""
    text = XML_COMMENT.sub("", text).strip()
    return text if PRESERVED.search(text) else XML_SPACE.sub("><", text)


def digest(content: bytes, algorithm: str = "sha256") -> tuple[str, str]:
    """(hex digest for the file's name, value of the integrity attribute: W3C SRI). md5 has no integrity."""
    if algorithm not in ALGORITHMS:
        raise TemplateError(f"no such hash: {algorithm}", hint=f"one of {', '.join(ALGORITHMS)}")
    found = hashlib.new(algorithm, content, usedforsecurity=algorithm != "md5")
    integrity = f"{algorithm}-{base64.b64encode(found.digest()).decode()}" if algorithm != "md5" else ""
    return found.hexdigest(), integrity


def compile_scss(name: str, files: Mapping[str, str], options: Mapping[str, str]) -> str:
    """SCSS (or indented Sass, by the name's suffix) → CSS. ``files`` are all that an import may read, by path from
    the root.

    It runs in a child with a limit of time and memory, because a style sheet can hold an endless loop and libsass
    cannot be
    interrupted. Raises ContentError with file and line.
    """
    request = json.dumps({"name": name, "files": dict(files), "options": dict(options)})
    try:
        run = subprocess.run(
            [sys.executable, "-m", "village.render.assets.scss"],
            input=request.encode(), capture_output=True, timeout=COMPILE_SECONDS, check=False,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        answer = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        hint = "is there an endless loop in it?"
        raise ContentError(
            f"the style sheet took more than {COMPILE_SECONDS:g} s", file=f"assets/{name}", hint=hint
        ) from None
    except ValueError:
        raise ContentError(
            "the style sheet needs more time or memory than it may have", file=f"assets/{name}"
        ) from None
    if "error" in answer:
        raise ContentError(
            answer["error"], file=f"assets/{answer.get('file') or name}",
            line=answer.get("line", 0), column=answer.get("column", 0),
            hint="variables, nesting, mixins and @import work; @use and @forward need Dart Sass",
        )  # fmt: skip
    return str(answer["css"])
