"""The only file that names Numba: its options, and where compiled kernels are kept.

Numba does not notice an edit of a helper in another file, so the cache folder carries a digest of the sources.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent


def source_digest() -> str:
    """A short digest of the package's own Python sources; changes whenever any of them does."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_folder(digest: str) -> Path:
    """The folder for compiled kernels: the user's cache directory, or a temporary one where that is not writable."""
    base = os.environ.get("SWMODEL_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for root in (Path(base), Path(tempfile.gettempdir())):
        folder = root / "swmodel" / digest
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="swmodel-"))


SOURCE_DIGEST = source_digest()
CACHE = cache_folder(SOURCE_DIGEST)

import numba  # noqa: E402  (the cache folder must be known first)

numba.config.CACHE_DIR = str(CACHE)

PROCESS = secrets.token_hex(4)
READONLY_ERRORS = (numba.core.errors.TypingError, ValueError)


def kept_apart(function: Any, process: str = PROCESS) -> Any:
    """A compiled function whose files on disk are called after this process.

    Numba numbers the code of a function's overloads, and lists it in a further file. Of two processes that compile
    different overloads at once, the list of one would name the code of the other, to be run on what it is not for.
    """
    file = getattr(getattr(function, "_cache", None), "_cache_file", None)  # neither without compilation
    if file is not None:
        file._data_name_pattern = file._data_name_pattern.replace("{number", f"{process}.{{number")
    return function


def kernel(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function at first call, keep it on disk, release the GIL, and divide as NumPy does."""
    return kept_apart(numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function))


helper = kernel


def compiled_once(*types: str) -> Callable[..., Any]:
    """A helper for arguments of these types (uint64, float64), to which others are cast.

    Numba would compile it anew for every literal number among its arguments: a quarter of the time of a first run.
    """

    def made(function: Callable[..., Any]) -> Any:
        found = kernel(function)
        if compiled():
            found.compile(tuple(getattr(numba, name) for name in types))
            found.disable_compile()
        return found

    return made


def woven_in(function: Callable[..., Any]) -> Any:
    """A helper that becomes part of whoever calls it, so that a loop over plain numbers does eight of it at once."""
    return kernel(function, forceinline=True)


def direct(function: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel that has run, without the look at the types of its arguments: half the fixed cost of a step.

    Its arguments must keep their types. A kernel compiled for several lists of types, or for none, comes back as it is.
    """
    overloads = list(getattr(function, "overloads", {}).values())
    return overloads[0].entry_point if len(overloads) == 1 else function


def types_of(arguments: Iterable[Any]) -> tuple[Any, ...]:
    """What a kernel is compiled for, given such arguments."""
    return tuple(numba.typeof(argument) for argument in arguments)


def is_warm() -> bool:
    """True if kernels were compiled and kept before, so that a start takes no compilation."""
    return numba.config.DISABLE_JIT == 1 or any(CACHE.glob("processes_*/*.nbi"))


def compiled() -> bool:
    """True unless NUMBA_DISABLE_JIT switched compilation off."""
    return numba.config.DISABLE_JIT == 0
