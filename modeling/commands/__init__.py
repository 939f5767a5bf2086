"""The subcommands of `python -m modeling`, one file each."""
