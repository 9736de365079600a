from village.settings import names


def test_defaults_are_shown_as_one_would_write_them():
    rows = dict(names.described())
    assert rows["VILLAGE_POLL"].endswith("[300]")
    assert rows["VILLAGE_DRAFTS"].endswith("[false]")
    assert rows["VILLAGE_HTTP"].endswith("[:80]")
    assert "[" not in rows["VILLAGE_SOURCE"]
