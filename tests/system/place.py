# SPDX-License-Identifier: MIT
"""Where things are: the tree, the build, and a folder of our own that is gone afterwards, in which
`exo` keeps its machines, so that those of the person at the keyboard are neither seen nor touched."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]


class Place:
    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.source = SOURCE
        self.exo = str(self.build / "bin" / "exo")
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="exo-system-"))
        self._made = self.temporary / "made"  # manifests of images that tests make
        machines = self.temporary / "machines"
        machines.mkdir(mode=0o700)
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(machines)}

    def close(self):
        shutil.rmtree(self.temporary, ignore_errors=True)

    def manifests(self):
        """Name of the image -> manifest, of the examples and of our own."""
        found = sorted((self.source / "examples").glob("*/exo.toml")) + sorted((HERE / "manifests").glob("*.toml")) + sorted(self._made.glob("*/exo.toml"))
        return {tomllib.loads(path.read_text())["name"]: path for path in found}

    def build_images(self):
        """Builds every image, so that no test waits for a compiler."""
        made = self.run_exo("build", *map(str, self.manifests().values()), timeout=900)
        if made.returncode != 0:
            raise AssertionError(f"exo build ends with {made.returncode}: {(made.stderr or made.stdout).strip()[-500:]}")

    def make_image(self, name, manifest, site):
        """Builds an image of a test's own; `site`: path -> content of the folder `site` beside the manifest. That folder."""
        folder = self._made / name
        (folder / "site").mkdir(parents=True)
        (folder / "exo.toml").write_text(manifest)
        for path, content in site.items():
            (folder / "site" / path).write_bytes(content)
        made = self.run_exo("build", str(folder / "exo.toml"), timeout=300)
        if made.returncode != 0:
            raise AssertionError(f"exo build ends with {made.returncode}: {(made.stderr or made.stdout).strip()[-500:]}")
        return folder / "site"

    def image(self, name):
        return str(self.build / f"{name}.elf")

    def servers(self, image):
        """Environments of an image that serve a port -> (address, port)."""
        manifest = tomllib.loads(self.manifests()[image].read_text())
        return {env["name"]: (env["network"].get("address", "").partition("/")[0], env["network"]["port"])
                for env in manifest["env"] if "port" in env.get("network", {})}

    def run_exo(self, *arguments, timeout=60, path=None):
        """`path`: another PATH for it."""
        environment = self.environment if path is None else {**self.environment, "PATH": path}
        return subprocess.run([self.exo, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=environment, cwd=self.temporary, timeout=timeout)
