"""The WebAssembly component of the sandbox, made once per installation: `python -m tools.backends.sandbox_build`.

guest/*.py -> componentize-py -> component (19 MB) -> wasmtime, ahead of time -> machine code (36 MB), kept

It is kept beside the packages it is made of, in `share/deputy` of the environment, else in the user's cache folder. Its
name carries a digest of everything it depends on, so that a change of any makes another one.
"""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.scratch import scratch_folder
from tools.backends.sandbox import Broken

if TYPE_CHECKING:
    from wasmtime import Engine

_GUEST = Path(__file__).parent / "guest"
_FILES = ("program.wit", "app.py", "running.py")
_COMMAND = "from componentize_py import script; script()"
_PATIENCE = 600
"""Seconds that the making may take on a slow machine."""


def engine() -> "Engine":
    """The engine that components are made for and run by: interruptible, without threads of its own."""
    from wasmtime import Config, Engine

    config = Config()
    config.epoch_interruption = True
    config.wasm_component_model = True
    config.parallel_compilation = True
    return Engine(config)


def component() -> Path:
    """The file with the machine code, made if it is not there: half a minute, once. Raises Broken if it cannot be."""
    name = f"python-{_digest()}.cwasm"
    for folder in _folders():
        if (folder / name).exists():
            return folder / name
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _made(folder, name)
        except PermissionError:
            continue
    raise Broken("no folder of this installation can be written", remedy="make the environment's 'share' writable")


def _made(folder: Path, name: str) -> Path:
    """The file, whole or not at all, whoever else makes it at the same time."""
    from wasmtime.component import Component

    with scratch_folder("making-", folder) as made:
        wasm, code = made / "python.wasm", made / name
        _componentize(made, wasm)
        code.write_bytes(Component.from_file(engine(), str(wasm)).serialize())
        os.replace(code, folder / name)
    return folder / name


def _componentize(inside: Path, wasm: Path) -> None:
    for file in _FILES:
        (inside / file).write_bytes((_GUEST / file).read_bytes())
    command = [sys.executable, "-c", _COMMAND, "-d", "program.wit", "-w", "program", "componentize"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, "--stub-wasi", "app", "-o", str(wasm)],
        cwd=inside,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise Broken(f"the sandbox could not be made: {done.stderr.strip()[-500:]}", remedy="see docs/sandbox.md")


def _folders() -> Iterator[Path]:
    yield Path(sys.prefix) / "share" / "deputy"
    yield Path.home() / ".cache" / "deputy"


def _digest() -> str:
    """Names what the component is made of: the guest's files, the packages, the machine."""
    parts = [version("wasmtime"), version("componentize-py"), platform.machine(), platform.system()]
    parts += [(_GUEST / file).read_text(encoding="utf-8") for file in _FILES]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.stdout.write(f"{component()}\n")
