# SPDX-License-Identifier: MIT
"""Names of struct members, taken from the debug information of the very module that is proved. LLVM's types have
offsets but no names, and the linker gives equal types one name."""
import re
import subprocess

_NODE = re.compile(r"^!(\d+) = (?:distinct )?(!.*)$")
_LIST = re.compile(r"!(\d+)")
_FIELD = re.compile(r"(\w+): (?:\"([^\"]*)\"|!?(-?\w+))")
_GLOBAL = re.compile(r"^@([\w.]+) = .*!dbg !(\d+)")


class DebugNames:
    """members["FrameEntry"] is {offset: name}; of_global["frame_lists"] is "FrameLists"."""

    def __init__(self, path):
        text = subprocess.run(["llvm-dis-19", str(path), "-o", "-"], capture_output=True, text=True, check=True).stdout
        self._nodes, self._lists, globals_ = {}, {}, {}
        for line in text.splitlines():
            if line.startswith("!"):
                self._read(line)
            elif line.startswith("@"):
                found = _GLOBAL.match(line)
                if found:
                    globals_[found[1]] = found[2]
        self.members, self.constants = {}, {}
        for node in self._nodes.values():
            if node["kind"] == "DICompositeType" and "elements" in node:
                self._composite(node)
        self.of_global = {name: self._struct_of(node) for name, node in globals_.items()}

    def _read(self, line):
        found = _NODE.match(line)
        if not found:
            return
        number, body = found[1], found[2]
        if body.startswith("!{"):
            self._lists[number] = _LIST.findall(body)
        elif body.startswith("!DI"):
            node = {key: quoted or plain for key, quoted, plain in _FIELD.findall(body)}
            node["kind"] = body[1:body.index("(")]
            self._nodes[number] = node

    def _composite(self, node):
        elements = [self._nodes.get(e, {}) for e in self._lists.get(node["elements"], [])]
        if node.get("tag") == "DW_TAG_enumeration_type":
            for e in elements:
                if e.get("kind") == "DIEnumerator":
                    self.constants[f"{node.get('name')}.{e['name']}"] = int(e["value"])
            return
        members = {int(e.get("offset", 0)) // 8: e["name"] for e in elements
                   if e.get("tag") == "DW_TAG_member" and e.get("flags") != "DIFlagStaticMember" and "name" in e}
        if "name" in node and members:
            known = self.members.setdefault(node["name"], members)
            if known != members:
                self.members[node["name"]] = {}  # two types of one name: no field of either is known

    def _struct_of(self, number):
        """The struct that a global is, or is an array of."""
        node = self._nodes.get(self._nodes.get(number, {}).get("var", ""), {})
        while node and node.get("tag") != "DW_TAG_structure_type":
            node = self._nodes.get(node.get("type") or node.get("baseType") or "", {})
        return node.get("name")
