# SPDX-License-Identifier: MIT
"""The files of the default example's site, as they are on the host."""
import urllib.parse


def site_files(run):
    """(URL, path) of every file."""
    site = run.place.source / "examples/web/site"
    found = sorted(path for path in site.rglob("*") if path.is_file())
    if not found:
        raise AssertionError(f"{site}: no files")
    return [(urllib.parse.quote("/" + str(path.relative_to(site))), path) for path in found]


def largest_file(run):
    """(URL, bytes) of the largest."""
    url, path = max(site_files(run), key=lambda item: item[1].stat().st_size)
    return url, path.stat().st_size
