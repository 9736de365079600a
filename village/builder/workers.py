"""Many nodes made in several processes: the builder forks, each process makes every n-th node, the results
are read back.

Only a process with one thread (and our watcher) forks; the results are those of one process, because a node's
making depends on
nothing but the site. A process that dies is no loss: its share is made here. With one CPU, or few nodes, nothing forks.
"""

from __future__ import annotations

import ctypes
import gc
import marshal
import os
import pickle
import signal
import sys
import tempfile
import threading
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from village.builder.nodes import CONTENT, Key
from village.builder.state import CONTENT_FIELDS, made_bytes, made_from
from village.render.lens import Content
from village.render.questions import FIELD_BITS, FIELD_MASK, Numbers

FEWEST = 300  # nodes; below it a fork costs more than it saves
DEATH_SIGNAL = 1  # prctl(PR_SET_PDEATHSIG): the kernel ends a worker whose builder was killed


def count(workshop: Any, nodes: int) -> int:
    """How many processes make so many nodes, this one included."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = workshop.options.workers or cpus
    alone = threading.current_thread() is threading.main_thread() and threading.active_count() <= 2
    return min(wanted, nodes // FEWEST + 1) if alone and hasattr(os, "fork") else 1


def contents(workshop: Any, attempt: Any) -> None:
    """The dirty bodies. What is left over is made by the caller."""
    todo = list(attempt.dirty_contents)
    share(workshop, attempt, todo, attempt.content)


def outputs(workshop: Any, attempt: Any) -> None:
    """The dirty outputs that are known before any is made; further pagers are left to the caller."""
    todo = list(attempt.dirty_outputs)

    def make(number: int) -> None:
        attempt.dirty_outputs.pop(number, None)
        if number not in attempt.removed:
            attempt.make_output(number, attempt.memory.register.keys[number])

    share(workshop, attempt, todo, make)


def share(workshop: Any, attempt: Any, todo: list[Any], make: Callable[[Any], Any]) -> None:
    """Deal the nodes to processes and gather what they made."""
    workers = count(workshop, len(todo))
    if workers < 2:
        return
    for identity in attempt.lens.site.pages:
        attempt.lens.numbers.page(identity)
    with tempfile.TemporaryDirectory(prefix="village-workers-") as folder:
        marks = Marks(attempt)
        gc.collect()
        gc.freeze()  # the collector's marks would copy every page of memory that parent and child share
        workshop.watch.stop()
        children = [
            fork(workshop, attempt, todo[at::workers], make, Path(folder) / str(at), marks) for at in range(1, workers)
        ]
        workshop.watch.start()
        try:
            for item in todo[::workers]:
                make(item)
        finally:
            for child, _ in children:
                os.waitpid(child, 0)
            gc.unfreeze()
        for _, path in children:
            gather(attempt, path, marks)


class Marks:
    """How far the parent had come when it forked: what lies beyond is the child's own."""

    def __init__(self, attempt: Any) -> None:
        numbers = attempt.lens.numbers
        self.fields = len(numbers.field_names)
        self.questions = len(numbers.question_names)
        self.register = len(attempt.memory.register.keys)
        self.contents = set(attempt.contents)
        self.made = set(attempt.made)
        self.warnings = len(attempt.desk.warnings)
        self.errors = set(attempt.errors)


def fork(  # noqa: PLR0917 - the parts of one step
    workshop: Any, attempt: Any, items: list[Any], make: Callable[[Any], Any], path: Path, marks: Marks
) -> tuple[int, Path]:
    """Start a child that makes ``items`` and writes what came of it to ``path``."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child, path
    status = 1
    try:
        begin(workshop)
        for item in items:
            make(item)
        report(attempt, path, marks)
        status = 0
    except BaseException as error:  # noqa: BLE001 - a worker that fails is a share that the parent makes itself
        sys.stderr.write(f"village: a worker gave up: {error!r}\n")
    finally:
        os._exit(status)


def begin(workshop: Any) -> None:
    """In the child: no terminal, no inherited watcher, a pack of its own."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    workshop.state.bodies.part()
    workshop.watch.start()


def report(attempt: Any, path: Path, marks: Marks) -> None:
    """In the child: everything made, as a file."""
    numbers, register, bodies = attempt.lens.numbers, attempt.memory.register, attempt.bodies
    with path.open("wb") as file:
        names = (
            numbers.field_names[marks.fields :],
            numbers.question_names[marks.questions :],
            [tuple_of(k) for k in register.keys[marks.register :]],
        )
        pickle.dump((names, attempt.desk.warnings[marks.warnings :], own_errors(attempt, marks), attempt.counts), file)
        for identity, content in attempt.contents.items():
            if identity not in marks.contents:
                number = numbers.page(identity)
                trace = attempt.traces[register.number(Key(CONTENT, identity))]
                facts = tuple(getattr(content, name) for name in CONTENT_FIELDS)
                marshal.dump((identity, facts, bodies.fresh[number], trace.tobytes()), file)
        marshal.dump(None, file)
        for number, made in attempt.made.items():
            if number not in marks.made:
                trace = attempt.traces.get(number, array("q"))
                marshal.dump((tuple_of(register.keys[number]), made_bytes(made), trace.tobytes()), file)
        marshal.dump(None, file)


def own_errors(attempt: Any, marks: Marks) -> dict[Any, Any]:
    return {key: error for key, error in attempt.errors.items() if key not in marks.errors}


def tuple_of(key: Key) -> tuple[str, str, str, int]:
    return key.kind, key.name, key.format, key.number


def gather(attempt: Any, path: Path, marks: Marks) -> None:
    """In the parent: take over what a child made. A file that is missing or torn leaves its nodes dirty."""
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        try:
            (fields, questions, _), warnings, errors, counts = pickle.load(file)  # noqa: S301 - written by our own child
            made_contents = list(records(file))
            made_outputs = list(records(file))
        except (EOFError, ValueError, TypeError, pickle.UnpicklingError):
            return
    numbers, register = attempt.lens.numbers, attempt.memory.register
    renumber = Renumbering(numbers, fields, questions, marks)
    for identity, facts, place, trace in made_contents:
        attempt.dirty_contents.pop(identity, None)
        if identity not in attempt.contents:
            attempt.contents[identity] = Content(*facts)
            attempt.bodies.fresh[numbers.page(identity)] = place
            attempt.traces[register.number(Key(CONTENT, identity))] = renumber(trace)
    for key, made, trace in made_outputs:
        number = register.number(Key(*key))
        attempt.dirty_outputs.pop(number, None)
        attempt.made[number] = made_from(made)
        if trace:
            attempt.traces[number] = renumber(trace)
    for warning in warnings:
        attempt.desk.warn_again(warning)
    for key, error in errors.items():
        attempt.errors.setdefault(key, error)
    for key, times in counts.items():
        attempt.counts[key] = attempt.counts.get(key, 0) + times


def records(file: Any) -> Iterator[Any]:
    while (record := marshal.load(file)) is not None:  # noqa: S302 - written by our own child
        yield record


class Renumbering:
    """A child's numbers of questions and fields as the parent's."""

    def __init__(self, numbers: Numbers, fields: list[str], questions: list[Any], marks: Marks) -> None:
        self.fields = {marks.fields + at: numbers.field(name) for at, name in enumerate(fields)}
        self.questions = {-(marks.questions + at) - 1: numbers.question(asked) for at, asked in enumerate(questions)}

    def __call__(self, trace: bytes) -> array[int]:
        codes = array("q")
        codes.frombytes(trace)
        if not self.fields and not (codes and codes[0] in self.questions):
            return codes
        return array("q", sorted(map(self.code, codes)))

    def code(self, code: int) -> int:
        if code < 0:
            return self.questions.get(code, code)
        field = code & FIELD_MASK
        other = self.fields.get(field, field)
        return code if other == field else code >> FIELD_BITS << FIELD_BITS | other
