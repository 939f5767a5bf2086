"""What the web platform imports of modeling stays free of torch."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "modeling",
        "modeling.manifest",
        "modeling.bundles",
        "modeling.catalog",
        "modeling.runs",
        "modeling.data.corpus",
    ],
)
def test_the_torch_free_part_imports_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit(int('torch' in sys.modules or 'torchaudio' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0
