#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Tests of the prover itself, on snippets.cpp: true goals are proved, false ones fail with a counterexample, what is
not understood proves nothing; and what it predicts is what the processor does."""
import ctypes
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import z3

from prover.check import Buffer, Entry, Invariant, Specification, arguments_of, check, summary_entry
from prover.context import Context
from prover.contract import Loop, Summary
from prover.effects import Effects
from prover.execute import Activation
from prover.module import Module, short_name
from prover.outcome import Outcomes
from prover.solve import FAILED, PROVED, decide
from prover.terms import FALSE, TRUE, Known, Unsupported, conj, implies, number, parts
from spec.state import covers

FLAGS = ["-std=c++20", "-O1", "-g", "-fno-eliminate-unused-debug-types", "-Xclang", "-disable-llvm-passes",
         "-ffreestanding", "-fno-exceptions", "-fno-discard-value-names", "-fPIC"]
PASSES = "always-inline,cgscc(inline),function(sroa,early-cse,simplifycfg,instsimplify,adce,lcssa)"
EMPTY = Specification(lambda _: {}, [], [], [], [], {}, {})


def build(folder, passes=PASSES):
    raw, module, library = folder / "raw.bc", folder / "snippets.bc", folder / "snippets.so"
    subprocess.run(["clang++-19", *FLAGS, "-emit-llvm", "-c", HERE / "snippets.cpp", "-o", raw], check=True)
    subprocess.run(["opt-19", f"-passes={passes}", raw, "-o", module], check=True)
    subprocess.run(["clang-19", "-O2", "-fPIC", "-shared", "-nostdlib", "-w", module, "-o", library], check=True)
    return Module(module), ctypes.CDLL(str(library))




class ProverTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.module, cls.native = build(pathlib.Path(cls.folder.name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def report(self, name, goals=None, loops=None, summaries=None, **more):
        specification = Specification(**{**EMPTY.__dict__, "loops": loops or {}, "summaries": summaries or {}})
        return check(self.module, specification, Entry(name, goals, succeeds=lambda _: TRUE, **more))

    def assert_proved(self, *arguments, **more):
        report = self.report(*arguments, **more)
        self.assertTrue(report.ok, f"{report.problem} {[(a.name, a.verdict) for a in report.answers]}")

    def assert_fails(self, goal, *arguments, **more):
        report = self.report(*arguments, **more)
        self.assertIn((goal, FAILED), [(a.name, a.verdict) for a in report.answers], report.problem)

    # ---- what the language forbids
    FORBIDDEN = "no undefined behaviour, in bounds, loops end"

    def test_bounds(self):
        self.assert_proved("masked_index")
        self.assert_fails(self.FORBIDDEN, "open_index")
        self.assert_proved("open_index", requires=lambda call: [z3.ULT(call.i, 16)])

    def test_division(self):
        self.assert_fails(self.FORBIDDEN, "divide")
        self.assert_proved("divide_checked")

    def test_signed_overflow(self):
        self.assert_fails(self.FORBIDDEN, "signed_sum")

    def test_a_shift_by_too_much_may_be_computed_but_not_used(self):
        self.assert_proved("shift_selected")
        self.assert_fails(self.FORBIDDEN, "shift_open")

    # ---- memory
    def test_a_store_changes_its_cell_only(self):
        def goals(call):
            i = call.fresh("i", 3)
            same_cell = i == z3.Extract(2, 0, call.i)
            return [("written", implies(same_cell, call.new.pairs.low(i) == call.v)),
                    ("others", implies(z3.Not(same_cell), call.new.pairs.low(i) == call.old.pairs.low(i))),
                    ("other field", call.new.pairs.high(i) == call.old.pairs.high(i)),
                    ("false", call.new.pairs.low(i) == call.old.pairs.low(i))]

        report = self.report("set_low", goals)
        self.assertEqual([a.verdict for a in report.answers], [PROVED, PROVED, PROVED, PROVED, FAILED])

    def test_a_copy_reads_before_it_writes(self):
        def goals(call):
            to, from_ = z3.Extract(2, 0, getattr(call, "to")), z3.Extract(2, 0, getattr(call, "from"))
            return [("low", call.new.pairs.low(to) == call.old.pairs.low(from_)),
                    ("high", call.new.pairs.high(to) == call.old.pairs.high(from_))]

        self.assert_proved("copy_pair", goals)

    def test_a_block_is_set_from_end_to_end(self):
        def goals(call):
            i = call.fresh("i", 6)
            inside = z3.If(call.half != 0, z3.UGE(i, 32), z3.ULT(i, 32))
            return [("block", call.new.bytes(i) == z3.If(inside, number(0, 8), call.old.bytes(i)))]

        self.assert_proved("clear_bytes", goals)

    # ---- loops
    def test_constant_loops_are_unrolled(self):
        self.assert_proved("count_up", lambda call: [("at most ten", z3.ULE(call.result, 10))])
        self.assert_fails("at most nine", "count_up", lambda call: [("at most nine", z3.ULE(call.result, 9))])

    def test_what_a_loop_found_is_used_behind_it(self):
        table, i = (lambda call: call.old.cells("table")), number(3, 4)
        found = lambda call: implies(z3.ULT(call.result, 10), table(call)(z3.Extract(3, 0, call.result)) == call.x)
        first = lambda call: implies(table(call)(i) == call.x, z3.ULE(call.result, 3))
        self.assert_proved("find", lambda call: [("found", found(call)), ("the first", first(call))])
        self.assert_fails("none", "find", lambda call: [("none", call.result == 10)])

    def test_a_loop_that_is_not_closed_is_not_proved(self):
        module = build(pathlib.Path(self.folder.name), PASSES.replace(",lcssa", ""))[0]
        self.assertIn("without a phi", check(module, EMPTY, Entry("find")).problem)

    def loop(self, factor):
        return {("sum_to", 0): Loop(variant=lambda s: s.n - s.i,
                                    invariant=lambda s: conj(z3.ULE(s.i, s.n), s.sum == s.i * factor))}

    def test_loops_by_invariant(self):
        goals = lambda call: [("sum", call.result == call.n * 2)]
        self.assert_proved("sum_to", goals, loops=self.loop(2))
        self.assert_fails("loop invariant of sum_to", "sum_to", goals, loops=self.loop(3))

    def test_a_loop_that_may_not_end(self):
        loops = {("stuck", 0): Loop(variant=lambda s: number(200, 32) - s.n, invariant=lambda s: TRUE)}
        self.assert_fails(self.FORBIDDEN, "stuck", loops=loops)

    def test_a_loop_without_contract_is_not_proved(self):
        self.assertIn("needs a contract", self.report("sum_to").problem)

    # ---- calls by contract
    @staticmethod
    def contract(most=100, limit=lambda call: call.n, writes="high"):
        """take: gives at most what it is asked for, which is at most 100, and takes that from the higher half."""
        return Summary(
            requires=lambda call: [z3.ULE(call.n, most)], pointers={"pair": "Pair"},
            ensures=lambda call: [("at most n", z3.ULE(call.result, limit(call))),
                                  ("taken", call.after("pair").high() == call.before("pair").high() - call.result)],
            writes=lambda call: {name for name in call.fields("pair") if name.endswith(writes)})

    def kept(self, summary):
        report = check(self.module, EMPTY, summary_entry("take", summary, buffers={"pair": Buffer("Pair")},
                                                         succeeds=lambda _: TRUE))
        return [a.name for a in report.answers if a.verdict == FAILED], report.problem

    def test_a_function_keeps_its_contract(self):
        self.assertEqual(self.kept(self.contract()), ([], ""))
        self.assertEqual(self.kept(self.contract(limit=lambda call: call.n - 1)), (["at most n"], ""))
        self.assertIn("its summary does not say so", self.kept(self.contract(writes="low"))[1])

    def test_callers_see_a_function_by_its_contract(self):
        def goals(call):
            i, pairs = z3.Extract(2, 0, call.i), call.new.pairs
            return [("at most twice", z3.ULE(call.result, call.n)),
                    ("taken from the higher half", pairs.high(i) == call.old.pairs.high(i) - call.result),
                    ("lower half", pairs.low(i) == call.old.pairs.low(i)),
                    ("all of it", call.result == call.n)]

        report = self.report("take_twice", goals, summaries={"take": self.contract()},
                             requires=lambda call: [z3.ULE(call.n, 100)])
        self.assertEqual([a.verdict for a in report.answers], [PROVED] * 5 + [FAILED], report.problem)

    def test_effects_are_read_off_the_code(self):
        effects = Effects(self.module)
        for name, fields in (("set_low", {"pairs.low"}), ("copy_pair", {"pairs.low", "pairs.high"}), ("clear_bytes", {"bytes"}),
                             ("set_high_of", {"pairs.high"}), ("set_either", {"table", "pairs.low"}), ("find", set())):
            self.assertEqual(effects.written(name), fields, name)
        for name in ("set_high", "set_somewhere"):
            self.assertRaises(Unsupported, effects.written, name)

    def test_callers_see_what_may_change_of_effects(self):
        summaries = {"set_high": Summary(effects=True)}
        self.assertIn("through an argument", self.report("set_high_of", summaries=summaries).problem)

    def test_errors_come_before_changes(self):
        for name in ("book", "book_late", "book_then_set", "book_twice_late", "book_if", "look_then_set", "look_and_set_late",
                     "last_of_many_late"):
            report = check(self.module, EMPTY, Outcomes("outcomes", (name,)))
            self.assertEqual(report.ok, not name.endswith("_late"), f"{name} {report.problem}")

    def test_invariants_are_shown_on_every_way_to_a_call(self):
        invariant = Invariant("no 99", "table/1", lambda view, i: implies(i == 0, view.table(i) != 99), "table")
        specification = Specification(**{**EMPTY.__dict__, "invariants": [invariant],
                                         "summaries": {"tidy": Summary(writes=("bytes",), keeps=True)}})
        for name in ("tidy_either", "tidy_other"):
            report = check(self.module, specification, Entry(name, keeps=False, succeeds=lambda _: TRUE))
            self.assertIn(("invariant when tidy is called: no 99", FAILED), [(a.name, a.verdict) for a in report.answers], name)

    def test_callers_meet_a_contract(self):
        self.assert_fails("what take requires", "take_twice", summaries={"take": self.contract()})
        self.assert_fails(self.FORBIDDEN, "take_far", summaries={"take": self.contract(most=0xffffffff)})

    # ---- what is not understood
    def test_fails_closed(self):
        for name in ("through_volatile", "atomic_read", "through_pointer"):
            buffers = {"p": Buffer(32), "f": Buffer(32)}
            report = self.report(name, buffers=buffers)
            self.assertFalse(report.ok, name)
            self.assertIn("not supported", report.problem)

    def test_contradictory_assumptions_are_noticed(self):
        report = self.report("masked_index", requires=lambda call: [z3.ULT(call.i, 1), z3.UGT(call.i, 1)])
        self.assertFalse(report.ok)

    # ---- against the processor
    def test_predictions_are_what_the_machine_code_does(self):
        chooser = random.Random(7)
        for name in ("masked_index", "divide_checked", "shift_selected", "wide_read", "count_up", "set_low", "copy_pair"):
            for _ in range(20):
                self.compare(name, chooser)

    def compare(self, name, chooser):
        context = Context(self.module)
        entry = Entry(name)
        arguments = arguments_of(context, entry)
        old = dict(context.memory.state)
        result = Activation(context, name).call(TRUE, list(arguments.values()))
        values = [chooser.choice([chooser.getrandbits(32), chooser.randrange(40)]) for _ in arguments]
        before = {region: bytes(chooser.getrandbits(8) * chooser.randrange(2) for _ in range(64))
                  for region in ("table", "pairs", "bytes")}
        for region, content in before.items():
            ctypes.memmove(ctypes.addressof(ctypes.c_char.in_dll(self.native, region)), content, 64)
        native = getattr(self.native, name)
        native.restype = ctypes.c_uint
        returned = native(*[ctypes.c_uint(v) for v in values])
        solver = z3.Solver()
        solver.add(*self.initial(old, before), *[a == v for a, v in zip(arguments.values(), values)])
        self.assertEqual(solver.check(), z3.sat)
        model = solver.model()
        if result is not None:
            self.assertEqual(model.eval(result, model_completion=True).as_long(), returned, (name, values))
        for field, (region, size, offset) in LAYOUT.items():
            address = ctypes.addressof(ctypes.c_char.in_dll(self.native, region))
            for i in range(64 // (size * (2 if region == "pairs" else 1))):
                step = size * (2 if region == "pairs" else 1)
                cell = int.from_bytes(ctypes.string_at(address + i * step + offset, size), "little")
                predicted = model.eval(context.memory.state[field](i), model_completion=True).as_long()
                self.assertEqual(predicted, cell, (name, field, i))

    @staticmethod
    def initial(old, before):
        """What the memory before holds, as conditions."""
        conditions = []
        for field, (region, size, offset) in LAYOUT.items():
            step = size * (2 if region == "pairs" else 1)
            for i in range(64 // step):
                cell = int.from_bytes(before[region][i * step + offset:i * step + offset + size], "little")
                conditions.append(old[field](i) == number(cell, size * 8))
        return conditions


# field: region, bytes, offset in an entry
LAYOUT = {"table": ("table", 4, 0), "pairs.low": ("pairs", 4, 0), "pairs.high": ("pairs", 4, 4), "bytes": ("bytes", 1, 0)}


class TermsTest(unittest.TestCase):
    def test_covers_is_what_integers_say(self):
        """For all 64-bit numbers, by a solver: with sums that have room to grow."""
        start, count, first, amount = (z3.BitVec(n, 10) for n in ("start", "count", "first", "amount"))
        wide = lambda t: z3.ZeroExt(2, t)
        behind = first - start
        narrow = conj(z3.ULE(start, first), z3.ULE(behind, count), z3.ULE(amount, count - behind))
        meant = conj(z3.ULE(wide(start), wide(first)),
                     z3.ULE(wide(first) + wide(amount), wide(start) + wide(count)))
        self.assertEqual(decide([], "same", narrow == meant).verdict, PROVED)
        text = z3.simplify(covers(*(z3.BitVec(n, 64) for n in "abcd"))).sexpr()
        self.assertEqual(text.count("bvule"), 3)

    def test_known_decides_what_the_path_says(self):
        a, b, x = z3.Bool("a"), z3.Bool("b"), z3.BitVec("x", 8)
        term = z3.If(a, z3.If(b, x, number(1, 8)), number(2, 8))
        self.assertTrue(Known(conj(a, z3.Not(b))).reduce(term).eq(number(1, 8)))
        self.assertTrue(Known(TRUE).reduce(term).eq(term))

    def test_parts_say_the_same(self):
        a, b, c, d = (z3.Bool(n) for n in "abcd")
        goal = implies(a, conj(b, z3.If(c, d, z3.Not(d))))
        self.assertEqual(decide([], "same", goal == conj(*parts(goal))).verdict, PROVED)
        self.assertEqual(decide([], "false", FALSE).verdict, FAILED)

    def test_names(self):
        self.assertEqual(short_name("_ZN4coreL4pickEj"), "pick")
        self.assertEqual(short_name("_ZN4core12_GLOBAL__N_111load_packetERNS0_7MachineEtm"), "load_packet")
        self.assertEqual(short_name("physmem"), "physmem")


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)
    unittest.main(verbosity=1)
