"""village: one container that is a whole website.

The **workshop** (plain functions, no asyncio) turns a folder into a *release*; the **street** (asyncio) shows a
release to the world. What passes between them is a release: immutable, on disk, named by the hash of its content.
One process runs both.

    floor   workshop (plain functions)    street (asyncio)
    6                      cli
    5                      app
    4       builder                       server  certs  sync
    3       render                        storage
    2       site
    1               settings  release  metrics  logs
    0                   errors  files  bundled

Import downward only; never sideways into another room; never from one wing into the other. Only ``app`` and
``cli`` stand on both wings. ``tests/test_floor_plan.py`` reads this drawing and holds every import to it.
"""

__version__ = "0.1.0"
