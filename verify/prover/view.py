# SPDX-License-Identifier: MIT
"""How specifications read memory and calls: `call.old.frames.owner(f)`, `call.env`, `call.result`."""


class View:
    """The tables of one moment. `view.frames.owner(f)` is a field; so is `view.ledger_header.clock()`."""

    def __init__(self, state):
        self._state = state

    def __getattr__(self, table):
        return Table(self._state, table)

    def cells(self, name):
        """A field by its whole name, or a map without fields (`physmem`)."""
        return self._state[name]


class Table:
    def __init__(self, state, name):
        self._state, self._name = state, name

    def __getattr__(self, field):
        name = f"{self._name}.{field}"
        if name in self._state:
            return self._state[name]
        return Table(self._state, name)

    def __call__(self, *index):
        return self._state[self._name](*index)


class Object:
    """What a pointer leads to: `object.low()` is a field of it."""

    def __init__(self, view, name, index):
        self._view, self._name, self._index = view, name, index

    def __getattr__(self, field):
        cells = self._view.cells(f"{self._name}.{field}")
        return lambda *more: cells(*self._index, *more)


class Call:
    """One call of a function: its arguments by name, what it returned, memory before and after."""

    def __init__(self, context, name, arguments, old, new, result):
        self.context, self.function, self.arguments = context, name, arguments
        self.old, self.new, self.result = View(old), View(new), result
        self.state = old
        self.objects = {}  # argument to (name, index) of what it points to

    def before(self, argument):
        return Object(self.old, *self.objects[argument])

    def after(self, argument):
        return Object(self.new, *self.objects[argument])

    def fields(self, argument):
        """The names of all fields of what an argument points to."""
        start = f"{self.objects[argument][0]}."
        return {name for name in self.context.memory.state if name.startswith(start)}

    def __getattr__(self, name):
        arguments = self.__dict__.get("arguments", {})
        if name in arguments:
            return arguments[name]
        raise AttributeError(f"{self.__dict__.get('function')} has no argument {name}; it has {sorted(arguments)}")

    def fresh(self, name, width):
        return self.context.fresh(name, width)
