# SPDX-License-Identifier: MIT
"""What a specification says about loops and functions, so that the prover need not look into them again."""
from dataclasses import dataclass, field
from typing import Callable


class AllBut:
    """All groups of invariants but these."""

    def __init__(self, *groups):
        self._groups = groups

    def __contains__(self, group):
        return group not in self._groups


@dataclass
class Loop:
    """A loop by invariant. Each function takes a `Scope`.
    invariant: a condition; holds whenever the header is reached.
    forall: (key, condition over an index tuple of that key), the same for every index.
    variant: a bit vector that gets smaller with every round. What the loop writes the prover finds by itself.
    keeps: the invariants of the specification hold whenever the header is reached; True, or the groups of which that is so
    (a tuple or AllBut).
    needs: groups of assumptions to try the proof of the invariant with first."""
    variant: Callable
    invariant: Callable = None
    forall: list = field(default_factory=list)
    keeps: object = False
    needs: tuple = None


@dataclass
class Summary:
    """A function that callers see only by this: its own proof shows that it is so. Each function takes a `Call`.
    requires: conditions that callers must show. ensures: (name, condition) pairs of what holds afterwards, of result, old
    and new state. forall: (name, key, condition over the Call and an index tuple). writes: the fields that may change, or
    a function of the Call that gives them. pointers: argument to the struct that it leads to, which the conditions read
    with call.before(argument) and call.after(argument). keeps: the invariants of the specification hold before, which callers
    must show, and afterwards. `summary_entry` makes the proof of all of it. effects: nothing is said but what the function
    may write, which is read off its code (effects.Effects) and needs no proof."""
    requires: Callable = None
    ensures: Callable = None
    forall: list = field(default_factory=list)
    writes: object = ()
    pointers: dict = field(default_factory=dict)
    keeps: bool = False
    effects: bool = False

    @property
    def promises(self):
        """Whether it says anything that needs a proof."""
        return bool(self.ensures or self.forall or self.keeps or not self.effects)

    def written(self, call):
        """The names of what may change."""
        if self.effects:
            return call.context.effects(call.function)
        return call.context.named(self.writes(call) if callable(self.writes) else self.writes)


class Scope:
    """A loop as its contract sees it: its variables and those of the loops around it by name, the memory now and when
    the loop was entered, and the arguments of the function it is in."""

    def __init__(self, variables, arguments, locals_, now, entered, touch):
        self.variables, self.arguments, self.now, self.entered = variables, arguments, now, entered
        self._locals, self.touch = locals_, touch  # touch(key, index): what is quantified over key is wanted there

    def local(self, name, view=None):
        """A struct or array among the local variables: `scope.local("piece").length()`."""
        region = self._locals[name]
        return getattr(view or self.now, region)

    def __getattr__(self, name):
        for known in (self.__dict__["variables"], self.__dict__["arguments"]):
            if name in known:
                return known[name]
        raise AttributeError(f"no loop variable or argument {name}; there are {sorted(self.variables)} and "
                             f"{sorted(self.arguments)}")
