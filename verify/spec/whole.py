# SPDX-License-Identifier: MIT
"""All specifications together."""
from prover.check import Specification

from . import capabilities, compiled, delivery, derivation, envs, extents, filters, flights, frames, large, outcomes, page_calls, pages, queues, slices, state

PARTS = [frames, large, pages, page_calls, capabilities, derivation, envs, extents, filters, compiled, queues, flights, slices, delivery, outcomes]


def _lists(name):
    return [item for part in PARTS for item in getattr(part, name, [])]


def _tables(name):
    return {key: value for part in PARTS for key, value in getattr(part, name, {}).items()}


def specification():
    return Specification(bounds=state.bounds, facts=_lists("FACTS"), invariants=_lists("INVARIANTS"),
                         counts=_lists("COUNTS"), always=_lists("ALWAYS"), loops=_tables("LOOPS"),
                         summaries=_tables("SUMMARIES"), triggers=_lists("TRIGGERS"))


# Contracts of functions that are outside the core, and so are trusted (docs/proof.md).
OUTSIDE = {"filter_execute"}
ENTRIES = {getattr(entry, "title", "") or entry.name: entry for entry in _lists("ENTRIES")}
COVERED = {name for entry in ENTRIES.values() for name in getattr(entry, "covers", (entry.name,))}
PROMISES = {name for name, summary in _tables("SUMMARIES").items() if summary.promises}
assert PROMISES <= COVERED | OUTSIDE, "a contract that nobody shows"
