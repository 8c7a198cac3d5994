# SPDX-License-Identifier: MIT
"""Small rooms: no file over 600 lines, no function over 80. Files over 350 are named."""
import ast
import re

FILE_LIMIT, FILE_NOTE, FUNCTION_LIMIT = 600, 350, 80


def check(tree):
    problems = []
    for name in tree.sources():
        length = len(tree.lines(name))
        if length > FILE_LIMIT:
            problems.append(f"{name}:1: {length} lines, at most {FILE_LIMIT}; split it by what a reader looks for")
        for line, title, lines in functions(tree, name):
            if lines > FUNCTION_LIMIT:
                problems.append(f"{name}:{line}: {title} has {lines} lines, at most {FUNCTION_LIMIT}")
    return problems


def notes(tree):
    long = [(len(tree.lines(n)), n) for n in tree.sources()]
    return [f"{name}: {length} lines" for length, name in sorted(long, reverse=True)
            if FILE_NOTE < length <= FILE_LIMIT]


def functions(tree, name):
    if name.endswith((".cpp", ".hpp")):
        return cpp_functions(tree.text(name))
    if name.endswith(".S"):
        return []
    try:
        return python_functions(tree.text(name))
    except SyntaxError:
        return []  # a shell script


def python_functions(text):
    return [(node.lineno, node.name, node.end_lineno - node.lineno + 1) for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


# What must not be mistaken for code: comments, text, characters (not the ' of 1'000).
QUIET = re.compile(r"""//[^\n]*|/\*.*?\*/|R"\((.*?)\)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])'|^\s*\#(?:\\\n|[^\n])*""",
                   re.S | re.M)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def cpp_functions(text):
    """(line, head, lines) of blocks that stand in a namespace or class and look like a function."""
    found, open_blocks, head_start = [], [], 0
    text = QUIET.sub(blank, text)
    for at in (m.start() for m in re.finditer(r"[{};]", text)):
        head = text[head_start:at].strip()
        if text[at] == "{":
            in_scope = all(kind == "scope" for kind, _, _ in open_blocks)
            open_blocks.append((kind_of(head) if in_scope else "block", first_code(text, head_start), head))
        elif text[at] == "}" and open_blocks:
            kind, start, title = open_blocks.pop()
            if kind == "function":
                line = text.count("\n", 0, start) + 1
                found.append((line, shown(title), text.count("\n", start, at) + 1))
        head_start = at + 1
    return found


def kind_of(head):
    if re.match(r"(template\s*<[^{]*>\s*)?(inline\s+)?(namespace|class|struct|union|extern)\b(?!.*\)\s*(const)?$)", head, re.S):
        return "scope"
    return "function" if "(" in head else "block"


def first_code(text, at):
    return at + len(text[at:]) - len(text[at:].lstrip())


def shown(head):
    match = re.search(r"[\w:~]+\s*\((\w+, \w+\))?", head)  # what is in brackets tells a TEST(suite, name)
    return match.group().removesuffix("(") if match else "a function"
