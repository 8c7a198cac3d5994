# SPDX-License-Identifier: MIT
"""The constants of abi/*.hpp and kernel/core/*.hpp, read from these headers, so that a specification never has a
number of its own: `K.kRead`, `K.FrameType.Data`."""
import pathlib
import re
from types import SimpleNamespace

ROOT = pathlib.Path(__file__).resolve().parents[2]
_LINE = re.compile(r"^\s*(?:inline|static) constexpr \w+ (k\w+ = [^;{]+);", re.M)
_CONSTANT = re.compile(r"(k\w+) = ([^,]+)")
_ENUM = re.compile(r"enum class (\w+)[^{]*\{(.*?)\};", re.S)


def _value(text, known):
    text = re.sub(r"//.*", "", text)
    text = re.sub(r"static_cast<[^>]*>", "", text).replace("/", "//")
    text = re.sub(r"\b(0x[0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", text)
    return eval(text, {"__builtins__": {}}, dict(known))  # pylint: disable=eval-used


def load():
    """All of them; what is no plain expression of numbers and other constants is left out."""
    known, enums = {}, {}
    headers = [*sorted((ROOT / "abi").glob("*.hpp")), *sorted((ROOT / "kernel/core").glob("*.hpp"))]
    text = "\n".join(header.read_text() for header in headers)
    waiting = [(name, value) for line in _LINE.findall(text) for name, value in _CONSTANT.findall(line)]
    while waiting:
        later = []
        for name, expression in waiting:
            try:
                known[name] = _value(expression, known)
            except (NameError, SyntaxError, TypeError):
                later.append((name, expression))
        if len(later) == len(waiting):
            break
        waiting = later
    for name, body in _ENUM.findall(text):
        values, following = {}, 0
        for entry in re.sub(r"//.*", "", body).split(","):
            parts = [p.strip() for p in entry.split("=")]
            if parts[0]:
                following = _value(parts[1], known) if len(parts) > 1 else following
                values[parts[0]] = following
                following += 1
        enums[name] = SimpleNamespace(**values)
    return SimpleNamespace(**known, **enums)


K = load()
