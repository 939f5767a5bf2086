"""The trainer and what it keeps: checkpoints, logs, schedules."""
