"""Diagrams drawn as text: the picture is whole, and never anything but a picture."""

import re
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from village.render.markdown import goat
from village.render.markdown.convert import render
from village.render.markdown.options import MarkdownOptions

BOX = "+---+\n| a |-->o\n+---+"


def parts(text, **attributes):
    """Names of the elements of a drawing, and its words."""
    root = ET.fromstring(goat.svg(text, attributes))
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    return names, "".join(element.text for element in root.iter() if element.tag.endswith("text"))


def test_a_box_an_arrow_a_dot_and_a_letter():
    names, words = parts(BOX)
    assert words == "a"
    assert names.count("polygon") == 1
    assert names.count("circle") == 1
    drawn = goat.svg(BOX, {})
    assert "M 0,0 L 32,0" in drawn, "one stroke from corner to corner"
    assert "M 0,0 L 0,32" in drawn


def test_words_stay_words():
    text = "e.g. a-b, and/or 1.5 x_y * oh"
    assert parts(text)[1] == text.replace(" ", "")
    assert goat.svg(text, {}).count("<path") == 0


def test_round_corners():
    assert parts(".---.\n|   |\n'---'")[1] == ""
    assert goat.svg(".---.\n|   |\n'---'", {}).count(" Q ") == 4
    assert " A 16,16 " in goat.svg(" .-.\n|   |\n '-'", {})


def test_the_frame_is_hugos():
    drawn = goat.svg(BOX, {"class": "wide", "width": 200})
    assert drawn.startswith('<div class="goat svg-container wide">')
    assert 'width="200"' in drawn
    assert "viewBox" not in drawn
    assert 'viewBox="0 0 80 57"' in goat.svg(BOX, {})


def test_a_fence_is_drawn():
    html = render("```goat {class=x}\n" + BOX + "\n```\n", MarkdownOptions()).html
    assert html.startswith('<div class="goat svg-container x">')


@given(st.text(alphabet="-|/\\+.'`,_<>^vo* ab<&\"\n", max_size=120))
def test_any_text_is_a_drawing_with_its_words(text):
    names, words = parts(text)
    assert set(names) <= {"div", "svg", "g", "path", "circle", "polygon", "text"}
    letters = re.sub(r"[^ab&\"]", "", text)
    assert re.sub(r"[^ab&\"]", "", words) == letters, "nothing that is no line gets lost"


def test_a_drawing_without_end_stays_text():
    assert goat.svg("-" * (goat.LARGEST + 1), {}) is None
