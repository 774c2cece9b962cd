"""A file of weights in the safetensors format: 8 bytes of length, a JSON header, then the numbers of each tensor.

The format: https://github.com/huggingface/safetensors#format. Its files hold numbers only: reading them runs no code.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from runtime.embedding import Matrix

_KINDS: "dict[str, np.dtype[Any]]" = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}


def read_weights(path: Path) -> "dict[str, Matrix]":
    """Each tensor of numbers with a point, by name, as 32-bit floats; numbers that are not 32-bit are converted.

    Raises ValueError for a file that is none, OSError for one that cannot be read.
    """
    content = np.memmap(path, dtype=np.uint8, mode="r")
    begins = 8 + int.from_bytes(content[:8].tobytes(), "little")
    if not 8 < begins <= content.size:
        raise ValueError("it is no file of weights")
    header = json.loads(content[8:begins].tobytes())
    found = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] in _KINDS:
            first, last = (begins + one for one in about["data_offsets"])
            numbers = content[first:last].view(_KINDS[about["dtype"]]).reshape(about["shape"])
            found[name] = _as_floats(numbers)
    return found


def _as_floats(numbers: "NDArray[Any]") -> "Matrix":
    if numbers.dtype == np.uint16:  # bfloat16 is the first half of a 32-bit float
        return (numbers.astype(np.uint32) << 16).view(np.float32)
    floats: Matrix = numbers.astype(np.float32)  # a copy: in the file they may lie where no quick routine takes them
    return floats
