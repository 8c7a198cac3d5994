# SPDX-License-Identifier: MIT
"""An image around build/kernel-test.elf: its kernel with the boot archive of web's image behind it.
`exo build` makes images of the kernel alone, and should not know of a kernel that only tests itself."""
import pathlib
import struct

PAGE = 4096
PHOFF, PHNUM = 32, 56  # ELF64 header fields
PT_LOAD = 1


def archive_offset(image):
    """Where the boot archive of an image starts: the page with its magic number (abi/archive.hpp)."""
    for offset in range(0, len(image), PAGE):
        if image[offset:offset + 8] == struct.pack("<Q", 0x6576696863724145):
            return offset
    raise AssertionError("no boot archive in the image")


def kernel_test_image(place):
    kernel = bytearray((place.build / "kernel-test.elf").read_bytes())
    web = pathlib.Path(place.image("web")).read_bytes()
    archive = web[archive_offset(web):]
    kernel += bytes(-len(kernel) % PAGE)
    point_last_load_at(kernel, len(kernel), len(archive))
    path = place.temporary / "kernel-test.elf"
    path.write_bytes(kernel + archive)
    return str(path)


def point_last_load_at(kernel, offset, length):
    """The PT_LOAD with the highest address is the place of the archive (kernel/kernel.ld)."""
    start, = struct.unpack_from("<Q", kernel, PHOFF)
    count, = struct.unpack_from("<H", kernel, PHNUM)
    headers = [start + 56 * i for i in range(count) if struct.unpack_from("<I", kernel, start + 56 * i)[0] == PT_LOAD]
    last = max(headers, key=lambda at: struct.unpack_from("<Q", kernel, at + 24)[0])
    struct.pack_into("<Q", kernel, last + 8, offset)
    struct.pack_into("<QQ", kernel, last + 32, length, length)
