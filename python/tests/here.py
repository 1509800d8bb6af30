"""Where things are. Not in conftest: there are two of that name, and tests import only one."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VECTORS = Path(os.environ.get("CUPEL_VECTORS", ROOT.parent / "shared" / "vectors"))
