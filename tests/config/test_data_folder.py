"""The data folder holds voices: other users of the machine may not look into it."""

import os
import stat
import subprocess
import sys
from pathlib import Path


def test_a_data_folder_made_by_realm_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    environment = {**os.environ, "REALM_DATA_DIR": str(folder)}
    subprocess.run([sys.executable, "-c", "import config.settings"], env=environment, check=True, timeout=120)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
