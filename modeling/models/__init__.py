"""Architectures: one file each, with one Config dataclass each in `configs.py`."""
