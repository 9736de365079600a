"""For whoever mends differences: all of them, grouped by field, the most frequent first.

python tests/parity/report.py [SITE ...] [--field NAME] [--each 2] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from parity_kit import allowed, archive, compare
from test_parity import differences


def collect(name: str, folder: Path) -> list[compare.Difference]:
    archive.content(folder) if name == "content" else archive.specimen(name, folder)
    return allowed.remaining(differences(name, folder), allowed.read())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", nargs="*", default=[])
    parser.add_argument("--field", default="")
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--keep", default="")
    options = parser.parse_args()
    groups: dict[str, list[compare.Difference]] = defaultdict(list)
    for name in options.sites or [*archive.names(), "content"]:
        folder = Path(options.keep or tempfile.mkdtemp()) / name
        shutil.rmtree(folder, ignore_errors=True)
        try:
            found = collect(name, folder)
        except Exception as error:  # noqa: BLE001 - one site's failure must not hide the others
            reasons = getattr(error, "errors", [error])
            found = [compare.Difference(name, "", "build", "", f"{type(one).__name__}: {one}") for one in reasons]
        print(f"{name:24} {len(found)}")
        for one in found:
            groups[one.field].append(one)
        if not options.keep:
            shutil.rmtree(folder.parent, ignore_errors=True)
    for field, found in sorted(groups.items(), key=lambda item: -len(item[1])):
        if not options.field or field == options.field:
            print(f"\n== {field}: {len(found)}")
            print("\n".join(str(one) for one in found[: options.each]))


if __name__ == "__main__":
    main()
