"""The parity kit stands beside its tests; pytest's importlib mode does not put that folder on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
