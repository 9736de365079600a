"""CommonMark: every example of the specification, byte by byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from village.render.markdown.convert import render
from village.render.markdown.options import COMMONMARK

EXAMPLES = json.loads(Path(__file__).with_name("data").joinpath("commonmark-0.31.2.json").read_text("utf-8"))


def test_all_examples_are_here() -> None:
    assert len(EXAMPLES) == 652


@pytest.mark.parametrize("number", range(1, 653))
def test_example(number: int) -> None:
    text, html = EXAMPLES[number - 1]
    assert render(text, COMMONMARK).html == html
