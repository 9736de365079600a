"""village: one container that is a whole website.

The **workshop** (plain functions, no asyncio) turns a folder into a *release*; the **street** (asyncio) shows a
release to the world. What passes between them is a release: immutable, on disk, named by the hash of its content.
One process runs both.

    floor   workshop (plain functions)    street (asyncio)
    7                      cli
    6                      app
    5       builder                       server  certs  sync
    4       render                        storage
    3       site
    2                    release
    1               settings  files  logs  metrics
    0        errors  bundled  mounts  goregexp

Import downward only; never sideways into another room; never from one wing into the other. Only ``app`` and
``cli`` stand on both wings. ``tests/test_floor_plan.py`` reads this drawing and holds every import to it.
"""

__version__ = "0.1.0"
