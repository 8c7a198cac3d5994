# SPDX-License-Identifier: MIT
"""That a function is nothing but calls of others, as far as tables are concerned: it and what it calls write no field of a table
but inside those. What each of them keeps, it keeps. Read off the code; that it meets what they require is not shown."""
from dataclasses import dataclass

from .effects import Effects
from .solve import FAILED, PROVED, Answer


@dataclass
class Composition:
    """`functions` are made of calls of `parts`."""
    name: str
    functions: tuple
    parts: tuple
    covers: tuple = ()  # nothing else is said of them


def answer_composition(module, entry):
    effects, answers, details = Effects(module, entry.parts), [], []
    for function in entry.functions:
        own = effects.written(function, through_arguments=True)
        answers.append(Answer(f"{function} changes tables only by calling {', '.join(entry.parts)}", FAILED if own else PROVED))
        details += [(answers[-1].name, f"{function} may write {field}") for field in sorted(own)]
    return answers, details
