"""How the demo worlds are written: each file by its path in the world, from what its generator makes."""

from collections.abc import Mapping
from pathlib import Path


def written(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write every file below `folder` and return their paths; what else lies there is left alone."""
    paths = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(path)
    return paths
