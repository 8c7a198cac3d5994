# SPDX-License-Identifier: MIT
"""What a specification says about loops and functions, so that the prover need not look into them again."""
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Loop:
    """A loop by invariant. Each function takes a `Scope`.
    invariant: a condition; holds whenever the header is reached.
    forall: (key, condition over an index tuple of that key), the same for every index.
    variant: a bit vector that gets smaller with every round. What the loop writes the prover finds by itself."""
    variant: Callable
    invariant: Callable = None
    forall: list = field(default_factory=list)


@dataclass
class Summary:
    """A function that callers see only by this. Each function takes a `Call`.
    requires: conditions that callers must show. ensures: what holds afterwards, of result, old and new state.
    forall: (key, condition over an index tuple). writes: the names of the fields that may change."""
    requires: Callable = None
    ensures: Callable = None
    forall: list = field(default_factory=list)
    writes: tuple = ()


class Scope:
    """A loop as its contract sees it: its variables by name, the memory now and when the loop was entered, and
    the arguments of the function it is in."""

    def __init__(self, variables, arguments, now, entered):
        self.variables, self.arguments, self.now, self.entered = variables, arguments, now, entered

    def __getattr__(self, name):
        for known in (self.__dict__["variables"], self.__dict__["arguments"]):
            if name in known:
                return known[name]
        raise AttributeError(f"no loop variable or argument {name}; there are {sorted(self.variables)} and "
                             f"{sorted(self.arguments)}")
