"""Who takes part: efforts, participants, units of work and work stamps, whatever the channel."""
