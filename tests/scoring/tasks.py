"""No jobs of its own: Django loads this in every process, and it lets a test see repairs within seconds."""

from core import jobs, runner

jobs.FIRST_HINT_PAUSE_S = 2
runner.LEASE_S = 6
runner.LEASE_RENEWAL_S = 2
