# SPDX-License-Identifier: MIT
"""Symbolic memory. Every field of every table is an immutable map from index tuples to bit vectors, so an access
to one field never disturbs another; a pointer is a choice between places in named regions. What an access needs
to be legal (an index below its bound, no null pointer) becomes an obligation."""
import z3

from .module import Array, Int, Struct
from .terms import TRUE, Known, Unsupported, below, choose, conj, implies, index_width, is_number, neg, number, resize, same


class Map:
    """A field. `updated` and `stored` give new maps, the old one stays as it is."""

    def __init__(self, name, domain, width, read):
        self.name, self.domain, self.width, self._read, self._memo = name, domain, width, read, {}
        self.stores = ()  # (guard, index) of the single cells that were stored since it was read from nowhere

    def __call__(self, *index):
        index = tuple(number(i, w) if isinstance(i, int) else i for i, w in zip(index, self.domain, strict=True))
        key = tuple(i.get_id() for i in index)
        if key not in self._memo:
            self._memo[key] = (self._read(*index), index)  # the index stays referenced: its id is the key
        return self._memo[key][0]

    @property
    def reads(self):
        """Every index tuple that was asked for."""
        return [index for _, index in self._memo.values()]

    def updated(self, matches, value):
        after = Map(self.name, self.domain, self.width, lambda *i: choose(matches(*i), value(*i), self(*i)))
        after.stores = self.stores
        return after

    def stored(self, guard, index, value):
        after = self.updated(lambda *i: conj(guard, *map(same, i, index)), lambda *i: value)
        after.stores = (*self.stores, (guard, index))
        return after


class Place:
    """Region plus a constant offset plus scaled terms; region None is the null pointer."""

    def __init__(self, region, offset=0, scaled=()):
        self.region, self.offset, self.scaled = region, offset, tuple(scaled)

    def moved(self, offset, scaled=()):
        return Place(self.region, self.offset + offset, self.scaled + tuple(scaled))


class Pointer:
    """Choices of (condition, Place); exactly one condition holds."""

    def __init__(self, choices):
        self.choices = choices

    @staticmethod
    def to(region):
        return Pointer([(TRUE, Place(region))])

    def under(self, condition):
        return [(conj(condition, c), place) for c, place in self.choices]


class Cell:
    """Where some bytes of one field lie."""

    def __init__(self, name, domain, index, bits, first, count):
        self.name, self.domain, self.index, self.bits, self.first, self.count = name, domain, index, bits, first, count


class Memory:
    """The maps of one symbolic run. `need(guard, condition, what)` takes obligations."""

    def __init__(self, regions, bounds, need, base):
        self.regions = dict(regions)  # name to shape
        self.bounds = bounds          # region to (index width, bound as a function of nothing) for Array(None, _)
        self.need, self.base = need, base
        self.state = {}
        self.written = None           # names written so far, while a loop's dry run records them
        self.on_store = None          # called before a change: (guard, name, index, map afterwards); see _store_cell
        self.pointers = {}            # pointers kept in local variables, by the name of the field
        self._known = {}
        for region in self.regions:
            self.declare(region)

    # ---- fields
    def declare(self, region, tag="0"):
        """Makes every field of a region known, with unknown contents."""
        for name, domain, bits in self._fields(region, self.regions[region], region, ()):
            self.state[name] = self.base(name, domain, bits, tag)

    def _width(self, region, array):
        return self.bounds[region][0] if array.count is None else index_width(array.count)

    def _fields(self, region, shape, name, domain):
        if isinstance(shape, Int):
            yield name, domain, shape.size * 8
        elif isinstance(shape, Array):
            if shape.count is None and region not in self.bounds:
                return  # never accessed, or the access fails
            yield from self._fields(region, shape.element, name, (*domain, self._width(region, shape)))
        else:
            for _, field, inner in shape.fields:
                yield from self._fields(region, inner, f"{name}.{field}", domain)

    def assign(self, name, map_):
        if self.written is not None:
            self.written.add(name)
        self.state[name] = map_

    def known(self, guard):
        key = guard.get_id()
        if key not in self._known:
            self._known[key] = (Known(guard), guard)
        return self._known[key][0]

    # ---- from a place to cells
    def cells(self, guard, place, size):
        """The cells of [place, place + size), lowest first."""
        if place.region is None:
            self.need(guard, z3.BoolVal(False), "no null dereference")
            return []
        if place.region not in self.regions:
            raise Unsupported(f"access to {place.region}")
        if place.offset < 0:
            raise Unsupported(f"{place.region}: negative offset")
        where = (guard, place.region)
        return list(self._walk(where, self.regions[place.region], place.region, (), (), place.offset, place.scaled, size))

    def _walk(self, where, shape, name, domain, index, offset, scaled, size):
        if isinstance(shape, Int):
            if scaled or offset + size > shape.size:
                raise Unsupported(f"access of {size} bytes at +{offset} in {name}")
            yield Cell(name, domain, index, shape.size * 8, offset, size)
        elif isinstance(shape, Struct):
            yield from self._walk_struct(where, shape, name, domain, index, offset, scaled, size)
        else:
            yield from self._walk_array(where, shape, name, domain, index, offset, scaled, size)

    def _walk_struct(self, where, shape, name, domain, index, offset, scaled, size):
        end, covered = offset + size, 0
        for start, field, inner in shape.fields:
            low, high = max(start, offset), min(start + inner.size, end)
            if low < high:
                if scaled and high - low != size:
                    raise Unsupported(f"a variable offset across the fields of {name}")
                covered += high - low
                yield from self._walk(where, inner, f"{name}.{field}", domain, index, low - start, scaled, high - low)
        if covered != size:
            raise Unsupported(f"access of {size} bytes at +{offset} to padding or beyond the end of {name}")

    def _walk_array(self, where, shape, name, domain, index, offset, scaled, size):
        guard, region = where
        each = shape.element.size
        position, offset, rest = _position(each, offset, scaled)
        width = self._width(region, shape) if shape.count is not None or region in self.bounds else None
        if width is None:
            raise Unsupported(f"{region}: no bound is given")
        domain = (*domain, width)
        known = self.known(guard)
        while size > 0:
            here = min(size, each - offset)
            if rest and here != size:
                raise Unsupported(f"a variable offset across the entries of {name}")
            position = z3.simplify(known.reduce(z3.simplify(position)))
            bound = shape.count if shape.count is not None else self.bounds[region][1]()
            self.need(guard, below(position, bound), f"index in bounds of {name}")
            yield from self._walk(where, shape.element, name, domain, (*index, resize(position, width)), offset, rest, here)
            position, offset, size = position + number(1, 64), 0, size - here

    def locate(self, guard, pointer, shape):
        """Name and index of the object of this shape that a pointer leads to."""
        (place,) = [p for c, p in pointer.choices if not z3.is_false(c)]
        if place.region is None:
            raise Unsupported("a null pointer to an object")
        here, name, index = self.regions[place.region], place.region, ()
        offset, scaled = place.offset, place.scaled
        while here != shape:
            if isinstance(here, Array):
                position, offset, scaled = _position(here.element.size, offset, scaled)
                position = z3.simplify(self.known(guard).reduce(z3.simplify(position)))
                bound = here.count if here.count is not None else self.bounds[place.region][1]()
                self.need(guard, below(position, bound), f"index in bounds of {name}")
                index, here = (*index, resize(position, self._width(place.region, here))), here.element
            elif isinstance(here, Struct):
                start, field, here = max((f for f in here.fields if f[0] <= offset), key=lambda f: f[0])
                name, offset = f"{name}.{field}", offset - start
            else:
                raise Unsupported(f"a pointer into {name} is no such object")
        if offset != 0 or scaled:
            raise Unsupported(f"a pointer into the middle of {name}")
        return name, index

    # ---- loads and stores
    def load(self, guard, pointer, bits):
        """The value as `bits` bits (an i1 is the lowest bit of its byte)."""
        result = None
        for condition, place in pointer.choices:
            value = self._load_place(conj(guard, condition), place, (bits + 7) // 8)
            if value is not None:
                result = value if result is None else choose(condition, value, result)
        if result is None:
            raise Unsupported("a load through a pointer that is always null")
        return resize(result, bits)

    def _load_place(self, guard, place, size):
        parts = []
        for cell in self.cells(guard, place, size):
            value = self.state[cell.name](*cell.index)
            if cell.count * 8 != cell.bits:
                value = z3.Extract((cell.first + cell.count) * 8 - 1, cell.first * 8, value)
            parts.append(value)
        if not parts:
            return None
        return z3.simplify(parts[0] if len(parts) == 1 else z3.Concat(*reversed(parts)))

    def store(self, guard, pointer, value):
        size = (value.size() + 7) // 8
        value = resize(value, size * 8)
        for condition, place in pointer.choices:
            under, done = conj(guard, condition), 0
            for cell in self.cells(under, place, size):
                part = value if cell.count == size else z3.Extract((done + cell.count) * 8 - 1, done * 8, value)
                self._store_cell(under, cell, part)
                done += cell.count

    def store_pointer(self, guard, pointer, value):
        """Only into a local variable that is no array."""
        if len(pointer.choices) != 1:
            raise Unsupported("a pointer stored in one of several places")
        (_, place), = pointer.choices
        cell, = self.cells(guard, place, 8)
        if not cell.name.startswith("local_") or cell.index:
            raise Unsupported(f"a pointer stored in {cell.name}")
        if self.written is not None:
            self.written.add(cell.name)
        known = self.pointers.get(cell.name)
        self.pointers[cell.name] = value if known is None else Pointer(value.under(guard) + known.under(neg(guard)))

    def load_pointer(self, guard, pointer):
        if len(pointer.choices) == 1 and pointer.choices[0][1].region is not None:
            cell, = self.cells(guard, pointer.choices[0][1], 8)
            if cell.name in self.pointers:
                return self.pointers[cell.name]
        raise Unsupported("a pointer loaded from memory")

    def _store_cell(self, guard, cell, part):
        """`on_store` hears of every change. A None in the index stands for several entries."""
        old = self.state[cell.name](*cell.index)
        if cell.count * 8 != cell.bits:
            pieces = [part]
            if cell.first > 0:
                pieces.append(z3.Extract(cell.first * 8 - 1, 0, old))
            above = (cell.first + cell.count) * 8
            if above < cell.bits:
                pieces.insert(0, z3.Extract(cell.bits - 1, above, old))
            part = z3.Concat(*pieces)
        after = self.state[cell.name].stored(guard, cell.index, z3.simplify(part))
        if self.on_store:
            self.on_store(guard, cell.name, cell.index, after)
        self.assign(cell.name, after)

    # ---- blocks of memory
    def fill(self, guard, pointer, length, source):
        """Sets [pointer, pointer + length) to `source(offset, scaled, size)`: offsets from the first byte."""
        choices = [(c, p) for c, p in pointer.choices if not z3.is_false(c)]
        if is_number(length) and length.as_long() == 0:
            return
        if not is_number(length):
            raise Unsupported("a block of variable length")
        for condition, place in choices:
            Fill(self, conj(guard, condition), place, length.as_long(), source).run()

    def set_bytes(self, guard, pointer, byte, length):
        if not is_number(byte):
            raise Unsupported("memset to a variable byte")
        pattern = bytes([byte.as_long()])
        self.fill(guard, pointer, length, lambda o, s, size: number(int.from_bytes(pattern * size, "little"), size * 8))

    def copy(self, guard, to, from_, length):
        """Reads everything before it writes anything."""
        if not is_number(length):
            raise Unsupported("memcpy of variable length")
        for condition, place in from_.choices:
            self._check_span(conj(guard, condition), place, length.as_long())
        frozen = self.snapshot()

        def source(offset, scaled, size):
            moved = Pointer([(c, p.moved(offset, scaled)) for c, p in from_.choices])
            return frozen.load(TRUE, moved, size * 8)

        self.fill(guard, to, length, source)

    def _check_span(self, guard, place, length):
        """First and last byte are in bounds, and everything between is in the same object."""
        for offset in {0, length - 1}:
            self.cells(guard, place.moved(offset), 1)

    def snapshot(self):
        """These contents for reading, without obligations."""
        other = Memory({}, self.bounds, lambda *_: None, self.base)
        other.regions, other.state = self.regions, dict(self.state)
        return other


def _position(each, offset, scaled):
    """Which entry of `each` bytes, and the constant and scaled offset that are left inside it."""
    position, rest = number(offset // each, 64), []
    for scale, term in scaled:
        if scale % each == 0:
            factor = scale // each
            position = position + (term if factor == 1 else term * number(factor, 64))
        else:
            rest.append((scale, term))
    return position, offset % each, tuple(rest)


class Fill:
    """One `Memory.fill`: goes down to the addressed object, then covers its cells, arrays as a whole."""

    def __init__(self, memory, guard, place, length, source):
        self.memory, self.guard, self.place, self.length, self.source = memory, guard, place, length, source

    def run(self):
        if self.place.region is None:
            self.memory.need(self.guard, z3.BoolVal(False), "no null dereference")
            return
        shape = self.memory.regions[self.place.region]
        self._down(shape, self.place.region, (), self.place.offset, self.place.scaled)

    def _down(self, shape, name, index, offset, scaled):
        """To the smallest object that holds the whole block at a constant offset."""
        if isinstance(shape, Struct):
            for start, field, inner in shape.fields:
                if start <= offset and offset + self.length <= start + inner.size:
                    return self._down(inner, f"{name}.{field}", index, offset - start, scaled)
        elif isinstance(shape, Array) and (scaled or offset % shape.element.size + self.length <= shape.element.size):
            each = shape.element.size
            position, offset, rest = _position(each, offset, scaled)
            if offset + self.length > each:
                raise Unsupported(f"a block across entries of {name}")
            region, memory = self.place.region, self.memory
            width = memory._width(region, shape)
            bound = shape.count if shape.count is not None else memory.bounds[region][1]()
            position = z3.simplify(memory.known(self.guard).reduce(z3.simplify(position)))
            memory.need(self.guard, below(position, bound), f"index in bounds of {name}")
            return self._down(shape.element, name, (*index, resize(position, width)), offset, rest)
        if scaled or offset + self.length > shape.size:
            raise Unsupported(f"a block beyond its object {name}")
        self._cover(shape, name, index, (), 0, offset, offset + self.length, offset)
        return None

    def _cover(self, shape, name, index, ranges, at, low, high, start):
        """Every cell of `shape`, which lies at `at`, inside [low, high); the block begins at `start`. A cell's
        index is `index`, then one of each of `ranges`."""
        if at + shape.size <= low or at >= high:
            return
        if isinstance(shape, Int):
            if at < low or at + shape.size > high:
                raise Unsupported(f"a block splits {name}")
            self._cover_cells(shape, name, index, ranges, at - start)
        elif isinstance(shape, Struct):
            for offset, field, inner in shape.fields:
                self._cover(inner, f"{name}.{field}", index, ranges, at + offset, low, high, start)
        else:
            each = shape.element.size
            first, end = max(0, (low - at) // each), min(shape.count, -(-(high - at) // each))
            if max(low, at) != at + first * each or min(high, at + shape.size) != at + end * each:
                raise Unsupported(f"a block splits an entry of {name}")
            here = at + first * each
            ranges = (*ranges, (first, end, index_width(shape.count), each))
            self._cover(shape.element, name, index, ranges, here, here, here + each, start)

    def _cover_cells(self, shape, name, index, ranges, offset):
        """One field: the cells whose index starts with `index` and goes on inside `ranges`."""
        memory, fixed, guard = self.memory, len(index), self.guard

        def matches(*i):
            inside = [conj(z3.UGE(j, first) if first else TRUE, below(j, end)) for j, (first, end, _, _) in zip(i[fixed:], ranges)]
            return conj(guard, *map(same, i[:fixed], index), *inside)

        def value(*i):
            scaled = tuple((each, z3.ZeroExt(64 - width, j) - number(first, 64))
                           for j, (first, _, width, each) in zip(i[fixed:], ranges))
            return self.source(offset, scaled, shape.size)

        after = memory.state[name].updated(matches, value)
        if memory.on_store:
            memory.on_store(guard, name, (*index, *[None] * len(ranges)), after)
        memory.assign(name, after)
