# SPDX-License-Identifier: MIT
"""All specifications together."""
from prover.check import Specification

from . import capabilities, extents, slices, state

PARTS = [capabilities, extents, slices]


def _lists(name):
    return [item for part in PARTS for item in getattr(part, name, [])]


def _tables(name):
    return {key: value for part in PARTS for key, value in getattr(part, name, {}).items()}


def specification():
    stores = [part.on_store for part in PARTS if hasattr(part, "on_store")]

    def on_store(context, *change):
        for part in stores:
            part(context, *change)

    return Specification(bounds=state.bounds, invariants=_lists("INVARIANTS"), ghosts=_tables("GHOSTS"), on_store=on_store,
                         lemmas=_lists("LEMMAS"), always=_lists("ALWAYS"), loops=_tables("LOOPS"),
                         summaries=_tables("SUMMARIES"), facts=_lists("FACTS"))


ENTRIES = {entry.name: entry for entry in _lists("ENTRIES")}
