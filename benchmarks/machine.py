"""What every benchmark says of where and when it ran."""

import datetime
import os
import platform


def here() -> dict[str, str | int]:
    """The processor's kind, its cores, the versions that matter, and the date."""
    import numba
    import numpy

    return {
        "machine": f"{platform.machine()} {platform.system()}, {os.cpu_count()} cores",
        "python": platform.python_version(), "numba": numba.__version__, "numpy": numpy.__version__,
        "date": datetime.date.today().isoformat(),
    }  # fmt: skip
