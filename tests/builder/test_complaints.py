"""One cause, one warning: however many places and names there are."""

from village.builder.complaints import Complaint, Complaints


def told(*complaints):
    all_of_them = Complaints()
    for each in complaints:
        all_of_them.add(Complaint(*each))
    return all_of_them.told()


def test_the_same_in_several_places_is_one_warning_that_names_the_first_ones():
    places = [("odd", "", f"content/{name}.md", 3, "mend it") for name in "dbcaefghijk"]
    (warning,) = told(*places)
    others = ", ".join(f"content/{name}.md:3" for name in "bcdefghi")
    assert warning.describe() == f"content/a.md:3: odd\n  also in {others} and 2 more\n  hint: mend it"
    assert len(warning.also) == 10


def test_names_are_listed_the_most_frequent_first():
    (warning,) = told(
        ("unknown", "box", "a.md", 1, ""), ("unknown", "icon", "a.md", 2, ""), ("unknown", "icon", "b.md", 9, "")
    )
    assert warning.describe() == "a.md:1: unknown: icon (2 times), box"


def test_of_many_names_a_dozen_is_shown():
    (warning,) = told(*(("unknown", f"n{number:02}", "a.md", number, "") for number in range(15)))
    assert warning.message.endswith(", n11, 3 more")


def test_the_same_place_is_told_once_and_each_cause_apart():
    warnings = told(("one", "", "a.md", 1, ""), ("one", "", "a.md", 1, "later hint"), ("two", "", "", 0, ""))
    assert [each.describe() for each in warnings] == ["a.md:1: one", "two"]
