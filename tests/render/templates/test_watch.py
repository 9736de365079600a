"""The watch ends what no size limit sees: a loop without end, and memory that is filled step by step."""

from __future__ import annotations

import pytest

from village.errors import TemplateError
from village.render.templates import watch
from village.render.templates.engine import Templates
from village.render.templates.watch import Watch


def templates(seconds: float) -> Templates:
    made = Templates(lambda name: (SOURCES[name], name, name), lambda name, near: name)
    made.lens = Lens()
    made.watch = Watch(seconds)
    return made


class Lens:
    def ask(self, *question: object) -> None:
        """Nothing is noted here."""


SOURCES = {
    "long": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "much": "{% for i in range(100000) %}{% do keep('x' * 1000000 ~ i) %}{% endfor %}",
    "fine": "{{ 1 + 1 }}",
}


def test_a_rendering_that_hoards_is_ended_before_the_process_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch, "LARGEST_GROWTH", 64 << 20)
    hoard: list[str] = []
    one = templates(60.0)
    one.globals["keep"] = hoard.append
    with one.watch.building():
        with pytest.raises(TemplateError, match="more memory"):
            one.render("much", {})
        assert len(hoard) < 2000
        hoard.clear()
        assert one.render("fine", {}) == "2"


def test_a_rendering_without_end_is_ended():
    one = templates(0.2)
    with one.watch.building():
        with pytest.raises(TemplateError, match="took longer"):
            one.render("long", {})
        assert one.render("fine", {}) == "2"


def test_the_containers_limit_counts(tmp_path, monkeypatch: pytest.MonkeyPatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(watch, "CGROUP_LIMITS", (str(limit), str(tmp_path / "none")))
    whole = watch.available()
    limit.write_text("max\n")
    assert watch.available() == whole
    limit.write_text("536870912\n")
    assert watch.available() == 512 << 20
    assert 0 < watch.resident() < whole
